"""A call of an experiment: its stages are checked, then run in order, and what they leave is told."""
