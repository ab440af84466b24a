"""Embeddings: computed for files, and measured without or with labels."""
