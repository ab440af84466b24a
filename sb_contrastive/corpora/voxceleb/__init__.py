"""Reads VoxCeleb1 and VoxCeleb2 as they are distributed."""
