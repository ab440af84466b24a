"""Says in hyperparams.yaml how an exported model is to be used."""

from typing import NamedTuple

from sb_contrastive.encoders.sample_rate import SAMPLE_RATE


class Usage(NamedTuple):
    """The steps that a user of a model has to take as its training did.

    Arguments
    ---------
    trim_silence_db : float
        How far below the speech audio was cut at both ends; 0 for not at all.
    threshold : float, optional
        Cosines above it mean one speaker: that of the equal error rate.
    trials : str, optional
        Name of the trial list that the threshold was measured on.

    Example
    -------
    >>> print(Usage(30, 0.25, "mine").as_yaml())
    # Obeyed by the commands of sb_contrastive: README.md says how to by hand
    sample_rate: 16000
    trim_silence_db: 30
    threshold: 0.25  # of the equal error rate on mine
    """

    trim_silence_db: float = 0
    threshold: float | None = None
    trials: str | None = None

    def as_yaml(self):
        """Write the keys of hyperparams.yaml; there is none for no threshold."""
        lines = [
            "# Obeyed by the commands of sb_contrastive: README.md says how to "
            "by hand",
            f"sample_rate: {SAMPLE_RATE}",
            f"trim_silence_db: {self.trim_silence_db:g}",
        ]
        if self.threshold is not None:
            lines.append(
                f"threshold: {self.threshold:.6g}  # of the equal error rate on "
                f"{self.trials}"
            )
        return "\n".join(lines)
