"""Figures that Brains write down of each epoch: losses, monitors, speed, memory."""
