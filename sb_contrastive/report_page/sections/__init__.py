"""Sections of the page; each is made of a `RunFolder` and is None where the run has nothing for it."""
