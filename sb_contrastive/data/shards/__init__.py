"""Shards: many audio files packed into few tar archives, which are read in place."""
