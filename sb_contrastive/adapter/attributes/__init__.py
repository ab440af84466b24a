"""Local attributes: clusters of teacher frames that serve as labels."""
