"""Verification runs of several seeds: what each has kept, and how systems compare."""
