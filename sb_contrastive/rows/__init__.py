"""Rows: the utterances that an experiment trains and tests on, from a user's manifests, a corpus or synthetic speech."""
