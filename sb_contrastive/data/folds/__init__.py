"""Splits corpora into training, validation and test parts."""
