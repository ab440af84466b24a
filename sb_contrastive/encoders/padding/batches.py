"""Refuses a batch of waveforms whose lengths are not what SpeechBrain calls lengths."""


def check_batch(wavs, wav_lens=None):
    """Refuse waveforms and lengths that would be embedded as something else.

    Arguments
    ---------
    wavs : torch.Tensor
        Waveforms [B, S].
    wav_lens : torch.Tensor, optional
        Valid share of each row [B], in (0, 1].

    Raises
    ------
    ValueError
        When either is of another shape, or a length is no share.

    Example
    -------
    >>> import torch
    >>> check_batch(torch.zeros(2, 9), torch.tensor([9, 4]))
    Traceback (most recent call last):
    ...
    ValueError: wav_lens are shares of the longest row, in (0, 1], and one is 9: divide samples by wavs.shape[1]
    """
    if wavs.dim() != 2:
        raise ValueError(
            f"waveforms are [B, S], got {list(wavs.shape)}: of one recording "
            f"give wav[None]"
        )
    if wav_lens is None:
        return
    if list(wav_lens.shape) != [len(wavs)]:
        raise ValueError(
            f"{len(wavs)} waveforms have {len(wavs)} lengths [B], got "
            f"{list(wav_lens.shape)}"
        )
    # Rows are sorted by these values next, so nothing waits for them twice
    for share in wav_lens.tolist():
        if not 0 < share <= 1 + 1e-6:
            raise ValueError(
                f"wav_lens are shares of the longest row, in (0, 1], and one is "
                f"{share:g}: divide samples by wavs.shape[1]"
            )
