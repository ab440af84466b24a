"""Detection of a condition in subjects: decisions from chunks, and their scores."""
