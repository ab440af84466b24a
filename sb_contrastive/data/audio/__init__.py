"""Reads, checks and converts audio files, and finds their silence."""
