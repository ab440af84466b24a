"""The parts that every training run needs, whatever it trains: length, checkpoints, signals, ranks, what is frozen."""
