"""Synthesises speech from a source and a filter."""
