"""Classification: predictions scored, summaries over folds, what a run leaves."""
