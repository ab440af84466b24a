"""Reads IEMOCAP as it is distributed."""
