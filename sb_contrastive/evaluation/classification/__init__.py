"""Classification: predictions scored, summaries over folds, outputs of a run."""
