"""Contrastive losses set positive pairs against negatives."""
