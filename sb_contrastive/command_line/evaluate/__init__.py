"""Scores trial lists: EER and minDCF, with intervals over speakers; Cllr and actual
DCF where the model is calibrated.

A list holds lines such as `1 enrol.wav test.wav`. Its files are sought in
--manifest, else below --trials_folder, else beside the list. With --embeddings,
which `embed` has written, no audio is read, and MODEL may be left out.
"""

from sb_contrastive.command_line.evaluate.command import add_arguments, run

__all__ = ["add_arguments", "run"]
