"""Plays signals faster or slower, so that pitch and formants move along."""

import torch


def change_speed(wavs, speeds):
    """Plays each signal at its own speed, by linear interpolation.

    Arguments
    ---------
    wavs : torch.Tensor
        [N, S].
    speeds : list of float
        N factors; above 1 is faster and higher.

    Returns
    -------
    torch.Tensor
        [N, S]: slower signals are cut at the end, faster ones begin again, as
        short utterances do.

    Example
    -------
    >>> change_speed(torch.tensor([[0.0, 1.0, 2.0, 3.0]]), [0.5])
    tensor([[0.0000, 0.5000, 1.0000, 1.5000]])
    """
    N, S = wavs.shape
    # float64: at 100 000 samples a float32 position is off by a hundredth
    samples = torch.arange(S, dtype=torch.float64, device=wavs.device)
    last = int((S - 1) * max(speeds)) + 1
    if last >= S:
        wavs = wavs.repeat(1, last // S + 1)
    out = wavs.new_empty(N, S)
    # Row by row, so that positions stay in the cache
    for row, wav, speed in zip(out, wavs, speeds):
        position = samples * speed  # [S]
        left = position.int()
        share = position.sub_(left).to(wavs.dtype)
        near, following = (
            wav.index_select(0, left),
            wav[1:].index_select(0, left),
        )
        torch.lerp(near, following, share, out=row)
    return out
