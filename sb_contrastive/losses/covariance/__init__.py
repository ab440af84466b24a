"""Losses that look at the covariance of embeddings: no two coordinates shall vary together."""
