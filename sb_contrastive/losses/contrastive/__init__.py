"""Contrastive losses: a positive against negatives."""
