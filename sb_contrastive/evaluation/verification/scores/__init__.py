"""Scores of trials, made of the embeddings of their files."""
