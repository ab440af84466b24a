"""Turns a corpus on the disk into batches of augmented crops."""
