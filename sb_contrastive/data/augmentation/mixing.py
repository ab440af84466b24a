"""Puts signals into rooms, and finds how loud noise has to be, all rows of a batch at once."""

import torch


def reverberated(dry, responses):
    """Convolves each signal with the impulse response of a room.

    Arguments
    ---------
    dry : torch.Tensor
        Signals [n, S].
    responses : torch.Tensor
        Impulse responses [n, R].

    Returns
    -------
    torch.Tensor
        [n, S], each row as loud (RMS) as it was.

    Example
    -------
    >>> echo = torch.tensor([[0.0, 2.0]])  # later by one sample
    >>> reverberated(torch.tensor([[1.0, 0.0, 0.0]]), echo).round()
    tensor([[0., 1., 0.]])
    """
    # Circular convolution of the padded signals, cut to the crop, is the
    # linear one; a power of two is fast
    n = dry.shape[1] + responses.shape[1] - 1
    n = 1 << (n - 1).bit_length()
    a, b = torch.fft.rfft(dry, n), torch.fft.rfft(responses, n)
    # Written out, because a complex product rounds differently at the end
    # of a vector register, that is, with the place in the batch
    spectrum = torch.complex(
        a.real * b.real - a.imag * b.imag, a.real * b.imag + a.imag * b.real
    )
    wet = torch.fft.irfft(spectrum, n)[:, : dry.shape[1]]
    level = dry.norm(dim=1, keepdim=True) / wet.norm(dim=1, keepdim=True).clamp(
        min=1e-8
    )
    return wet * level


def noise_gain(wavs, noise, snr):
    """Finds the factor that gives noise its signal-to-noise ratio.

    Arguments
    ---------
    wavs, noise : torch.Tensor
        Signals [n, S].
    snr : torch.Tensor
        Ratios in dB [n].

    Returns
    -------
    torch.Tensor
        [n].

    Example
    -------
    >>> noise_gain(torch.ones(1, 4), torch.ones(1, 4), torch.tensor([20.0]))
    tensor([0.1000])
    """
    power = wavs.pow(2).mean(dim=1) / noise.pow(2).mean(dim=1).clamp(min=1e-8)
    return (power * 10 ** (-snr / 10)).sqrt()
