"""Refuses features and networks that are made for audio at another rate."""

SAMPLE_RATE = 16000  # Hz, of all audio that encoders are trained on


def check_sample_rate(module, rate):
    """Compare the rate of the audio with the one that parts of a module state.

    Arguments
    ---------
    module : torch.nn.Module
        Features or a network. Parts such as SpeechBrain's `STFT` and torchaudio's
        `MelSpectrogram` state the rate they are made for as `sample_rate`; a part
        that resamples this audio (`orig_freq`) may be followed by any.
    rate : int
        Samples per second of the audio.

    Raises
    ------
    ValueError
        When a part is made for another rate.

    Example
    -------
    >>> from speechbrain.lobes.features import Fbank
    >>> check_sample_rate(Fbank(sample_rate=8000), 16000)
    Traceback (most recent call last):
    ...
    ValueError: STFT is made for audio of 8000 Hz, and gets audio of 16000 Hz: ...
    """
    parts = list(module.modules())
    if any(getattr(part, "orig_freq", None) == rate for part in parts):
        return
    for part in parts:
        made_for = getattr(part, "sample_rate", rate)
        if isinstance(made_for, (int, float)) and made_for != rate:
            raise ValueError(
                f"{type(part).__name__} is made for audio of {made_for:g} Hz, "
                f"and gets audio of {rate} Hz: give sample_rate: {rate} in the "
                f"encoder's YAML, and n_fft and f_max that suit it"
            )
