"""Losses of classifiers: margins, a gate for items whose label is doubtful, and new labels for them."""
