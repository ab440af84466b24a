"""Poolings, which make one vector of the frames of an utterance."""
