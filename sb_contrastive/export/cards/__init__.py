"""Writes the README.md of an exported model."""
