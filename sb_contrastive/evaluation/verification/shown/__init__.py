"""What charts and the page show of a verification run, left as small files."""
