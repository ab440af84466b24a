"""Losses that need no negatives."""
