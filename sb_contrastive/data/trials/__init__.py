"""Trial lists of speaker verification, and the audio behind them."""
