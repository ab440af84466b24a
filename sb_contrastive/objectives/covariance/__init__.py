"""Objectives that shape the distribution of the embeddings of a batch."""
