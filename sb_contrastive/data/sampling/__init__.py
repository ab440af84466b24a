"""Which utterances meet in a batch, and which of them are compared."""

from sb_contrastive.data.sampling.triplets import ClassTriplets, ViewTriplets

__all__ = ["ClassTriplets", "ViewTriplets"]
