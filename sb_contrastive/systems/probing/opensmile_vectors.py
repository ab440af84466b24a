"""Vectors of utterances by openSMILE: functionals of acoustic features, made by hand."""

import numpy as np

from sb_contrastive.suggestions import check_choice

FEATURE_SETS = ("ComParE_2016", "eGeMAPSv02", "GeMAPSv01b", "emobase")


def opensmile_vectors(
    experiment, start, first, /, feature_set: str = "ComParE_2016"
):
    """Describe utterances by functionals of openSMILE (Eyben et al. 2010,
    https://doi.org/10.1145/1873951.1874246), which nothing has trained.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    start, first
        Nothing is loaded.
    feature_set : str
        ComParE_2016 (6 373 functionals), eGeMAPSv02 (88), GeMAPSv01b (62) or
        emobase (988).

    Returns
    -------
    OpenSMILEVectors

    Raises
    ------
    ModuleNotFoundError
        When opensmile is not installed.
    """
    check_choice("feature_set", feature_set, FEATURE_SETS)
    try:
        import opensmile
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "opensmile is not installed: pip install opensmile, or leave its "
            "stages out of --stages"
        ) from error
    return OpenSMILEVectors(opensmile, feature_set)


class OpenSMILEVectors:
    """Gives functionals of utterances; those that openSMILE cannot compute, such
    as of the pitch of silence, are 0.

    Arguments
    ---------
    opensmile : module
        The package.
    feature_set : str
        See `opensmile_vectors`.
    """

    def __init__(self, opensmile, feature_set):
        self.smile = opensmile.Smile(
            feature_set=opensmile.FeatureSet[feature_set],
            feature_level=opensmile.FeatureLevel.Functionals,
        )
        self.name = feature_set
        self.version = opensmile.__version__
        self.dim = len(self.smile.feature_names)

    def identity(self):
        """Return what the vectors depend on."""
        return {
            "kind": "opensmile",
            "feature_set": self.name,
            "version": self.version,
        }

    def vector(self, wav):
        """Compute the functionals [D] of samples [S] at 16 kHz."""
        values = self.smile.process_signal(wav, 16000).to_numpy()[0]
        return np.nan_to_num(values, posinf=0.0, neginf=0.0)
