"""Objectives that compare a prediction of one side with a target of the other, which gets no gradient."""
