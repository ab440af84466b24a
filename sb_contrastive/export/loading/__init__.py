"""Loads model folders: what they may build, and their weights."""
