"""Chooses the utterances of a batch, and those that are compared in it."""

from sb_contrastive.data.sampling.triplets import ClassTriplets, ViewTriplets

__all__ = ["ClassTriplets", "ViewTriplets"]
