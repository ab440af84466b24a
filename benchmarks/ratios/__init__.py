"""Ratios of times, each measured in one run with what it is compared with; `benchmarks/run.py` prints them."""
