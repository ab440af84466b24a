"""Reads files for SpeechBrain's inference as the training did: without the silence at both ends."""

from speechbrain.dataio.preprocess import AudioNormalizer

from sb_contrastive.data.audio.silence import speech_with_margin


class SpeechOnly(AudioNormalizer):
    """Makes audio mono, at one rate, and cuts the silence before and after the
    speech as `trim_silence` does. A model that was trained on such audio takes
    it as its `audio_normalizer`.

    Arguments
    ---------
    trim_silence_db : float
        The key of that name in the hyperparams.yaml of the model.
    sample_rate : int
        The rate of the model in Hz.

    Example
    -------
    >>> import torch
    >>> tone = torch.sin(torch.arange(16000.0))
    >>> quiet = torch.zeros(16000)
    >>> SpeechOnly(30)(torch.cat([quiet, tone, quiet])[:, None], 16000).shape
    torch.Size([19200])
    """

    def __init__(self, trim_silence_db, sample_rate=16000):
        super().__init__(sample_rate)
        self.trim_silence_db = trim_silence_db

    def __call__(self, audio, sample_rate):
        """Returns the speech of a signal.

        Arguments
        ---------
        audio : torch.Tensor
            [S, channels] or [S].
        sample_rate : int
            Its rate in Hz.

        Returns
        -------
        torch.Tensor
            [S'], without offset.
        """
        audio = super().__call__(audio, sample_rate)
        audio = audio - audio.mean()
        first, last = speech_with_margin(
            audio.cpu().numpy(),
            self.trim_silence_db,
            sample_rate=self.sample_rate,
        )
        speech = audio[first:last]
        return speech - speech.mean()
