"""Speaker verification: trials scored, EER and minDCF with intervals, what a run leaves."""
