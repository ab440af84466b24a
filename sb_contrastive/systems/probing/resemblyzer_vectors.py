"""Vectors of utterances by Resemblyzer: a pretrained speaker embedding."""

import numpy as np


def resemblyzer_vectors(experiment, start, first, /):
    """Describe utterances by the speaker embedding of Resemblyzer, which was
    trained by the GE2E loss (Wan et al. 2018, https://arxiv.org/abs/1710.10467)
    to tell speakers apart.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    start, first
        Nothing is loaded.

    Returns
    -------
    ResemblyzerVectors

    Raises
    ------
    ModuleNotFoundError
        When resemblyzer is not installed.
    """
    try:
        import resemblyzer
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "resemblyzer is not installed: pip install resemblyzer (it "
            "compiles webrtcvad), or leave its stages out of --stages"
        ) from error
    return ResemblyzerVectors(resemblyzer)


class ResemblyzerVectors:
    """Gives embeddings [256] of unit norm, of the speech in an utterance as the
    package's own preparation finds it; of all of it where it finds none.

    Arguments
    ---------
    resemblyzer : module
        The package.
    """

    dim = 256

    def __init__(self, resemblyzer):
        self.package = resemblyzer
        self.network = resemblyzer.VoiceEncoder("cpu", verbose=False)

    def identity(self):
        """Return what the vectors depend on."""
        return {"kind": "resemblyzer"}

    def vector(self, wav):
        """Embed samples [S] at 16 kHz as [D]."""
        wav = wav.astype(np.float32)
        speech = self.package.preprocess_wav(wav, source_sr=16000)
        return self.network.embed_utterance(speech if len(speech) else wav)
