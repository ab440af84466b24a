"""Figures of a validation part that tell how an objective is doing."""
