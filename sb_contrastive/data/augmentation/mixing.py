"""Puts signals into rooms, and adds noise to them."""

import torch

# A fast Fourier transform is fast for products of a power of two with these
FACTORS = (1, 3, 5, 7, 9, 15)


class RoomSpectra:
    """Remembers the spectra of a bank of rooms, which all batches need.

    Arguments
    ---------
    responses : torch.Tensor
        Impulse responses [K, R].

    Example
    -------
    >>> bank = RoomSpectra(torch.tensor([[0.0, 2.0]]))  # later by one sample
    >>> reverberated(torch.tensor([[1.0, 0.0, 0.0]]), bank.of([0], 3)).round()
    tensor([[0., 1., 0.]])
    """

    def __init__(self, responses):
        self.responses, self.found = responses, {}

    def of(self, rooms, samples):
        """Return the spectra of rooms, for signals of so many samples.

        Arguments
        ---------
        rooms : list of int
            n numbers of rooms.
        samples : int
            S.

        Returns
        -------
        torch.Tensor
            Complex [n, F].
        """
        length = fast_length(samples + self.responses.shape[1] - 1)
        if length not in self.found:
            self.found[length] = torch.fft.rfft(self.responses, length)
        spectra = self.found[length]
        return spectra[torch.tensor(rooms, device=spectra.device)]


def fast_length(least):
    """Find a length at which a Fourier transform is fast.

    Arguments
    ---------
    least : int
        The length that is needed.

    Returns
    -------
    int
        Even, and no smaller.

    Example
    -------
    >>> [fast_length(n) for n in (2, 1000, 40000, 56000)]
    [2, 1024, 40960, 57344]
    """
    halves = [max(1, (-(-least // f) - 1).bit_length()) for f in FACTORS]
    return min(f << k for f, k in zip(FACTORS, halves))


def reverberated(dry, spectra):
    """Convolves each signal with the impulse response of a room.

    Arguments
    ---------
    dry : torch.Tensor
        Signals [n, S].
    spectra : torch.Tensor
        Of the rooms [n, F], from `RoomSpectra.of`.

    Returns
    -------
    torch.Tensor
        [n, S], each row as loud (RMS) as it was.
    """
    # Circular convolution of the padded signals, cut to the crop, is the
    # linear one
    length = 2 * (spectra.shape[1] - 1)
    found = torch.fft.rfft(dry, length)
    # The last frequency apart, because an odd number of complex products
    # rounds differently at the end of a vector register, that is, with the
    # place in the batch
    found[:, :-1] *= spectra[:, :-1]
    found[:, -1] *= spectra[:, -1]
    wet = torch.fft.irfft(found, length)[:, : dry.shape[1]]
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
    quiet = 1e-4 * wavs.shape[1] ** 0.5  # a level (RMS) of 1e-4
    loudness = wavs.norm(dim=1) / noise.norm(dim=1).clamp(min=quiet)
    return loudness * 10 ** (-snr / 20)


def stretch(clip, offset, out):
    """Copy a stretch of a clip, which begins again at its end.

    Arguments
    ---------
    clip : torch.Tensor
        [L].
    offset : int
        Where the stretch begins.
    out : torch.Tensor
        Filled [S].

    Example
    -------
    >>> out = torch.empty(5)
    >>> stretch(torch.tensor([1.0, 2.0, 3.0]), 1, out)
    >>> out
    tensor([2., 3., 1., 2., 3.])
    """
    done, S = 0, len(out)
    while done < S:
        part = clip[offset : offset + S - done]
        out[done : done + len(part)] = part
        done, offset = done + len(part), 0
