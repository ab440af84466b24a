"""Reads, checks and writes manifests: CSVs of utterances."""
