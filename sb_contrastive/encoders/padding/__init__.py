"""Padding is removed before a network runs, or masked where frames are kept."""
