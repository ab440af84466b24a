"""Reads ADReSS and ADReSSo as they are distributed."""
