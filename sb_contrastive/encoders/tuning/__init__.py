"""Trains chosen parts of a pretrained network, while the rest stays fixed and shared."""
