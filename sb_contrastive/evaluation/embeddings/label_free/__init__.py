"""Measures of an embedding space that need no label, and a choice among epochs by them."""
