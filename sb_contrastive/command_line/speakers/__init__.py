"""Groups audio files by speaker, and says how many people there are.

The threshold comes from the calibration of the model (`calibrate`), else from two
Gaussians that are fitted to the cosines of these very files.
"""

from sb_contrastive.command_line.speakers.command import add_arguments, run

__all__ = ["add_arguments", "run"]
