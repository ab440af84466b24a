"""VoxCeleb 1 and 2 as they are distributed."""
