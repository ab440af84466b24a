"""Embeddings in files: how they are written, what made them, and how they are read again."""
