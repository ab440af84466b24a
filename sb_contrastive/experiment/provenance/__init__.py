"""What a stage was trained from, and by which call: recorded when it trains."""
