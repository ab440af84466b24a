"""Small files of a verification run, which charts and the page show."""
