"""Speaker verification: trial lists scored, EER and minDCF with intervals, outputs of a run."""
