"""Networks on top of an embedding: projectors for losses, a classifier for labels."""
