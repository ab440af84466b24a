"""Losses without negatives."""
