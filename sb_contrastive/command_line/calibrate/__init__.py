"""Finds which cosine means one speaker, and writes it into the folder of a model.

It needs recordings of speakers whom nobody has named, several of each, as like as
possible to those that the model will meet; or a trial list with --trials. `verify`,
`evaluate` and `speakers` then use the threshold and the log-likelihood ratios.
"""

from sb_contrastive.command_line.calibrate.command import add_arguments, run

__all__ = ["add_arguments", "run"]
