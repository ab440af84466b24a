"""Readers of corpora as they are distributed: folder in, manifest rows out."""
