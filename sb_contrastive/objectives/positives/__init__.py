"""Finds the positive of an utterance somewhere else, in the place of its own other crop."""
