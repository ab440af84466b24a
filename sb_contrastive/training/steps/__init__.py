"""One optimiser step, from its random seed to the moving averages after it."""
