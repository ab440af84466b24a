"""From a corpus on disk to batches of augmented crops."""
