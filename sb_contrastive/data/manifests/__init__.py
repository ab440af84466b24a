"""Manifests: CSVs of utterances, read, checked and written."""
