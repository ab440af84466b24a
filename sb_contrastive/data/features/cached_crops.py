"""Random crops of cached frames, at the places where crops of the waveform would be."""

import torch

from sb_contrastive.data.features.encoder_identity import SAMPLE_RATE


class CachedCrops:
    """Cuts what `RandomCrops` draws from the cached frames of whole utterances.

    A crop begins at the frame next to the sample that it would begin with, and
    all have one length: an utterance shorter than a crop is repeated. It is not
    the crop's own encoding: the frames are those of the whole utterance, so
    those near an edge of the crop have heard what is beyond it, a Transformer's
    have heard all of it, and absolute positions, as Whisper adds them, are
    those in the utterance.

    Arguments
    ---------
    crops : RandomCrops
        Draws the places; its `epoch` is set by whoever trains.
    cache : FeatureCache
        Has the frames of all utterances.

    Example
    -------
    >>> from sb_contrastive.data.views.crops import RandomCrops
    >>> class Cache(dict):
    ...     frame_rate = 50
    ...     def frames(self, utterance):
    ...         return len(self[utterance])
    ...     def crop(self, utterance, start, stop):
    ...         return self[utterance][start:stop]
    >>> cache = Cache(a=torch.arange(100.0)[:, None])
    >>> crops = CachedCrops(RandomCrops([2], [1.0], seed=1), cache)
    >>> [group] = crops("a", "a.wav", 0, 32000)
    >>> group.shape
    torch.Size([2, 50, 1])
    """

    def __init__(self, crops, cache):
        self.crops, self.cache = crops, cache
        self.hop = (
            SAMPLE_RATE // cache.frame_rate
        )  # samples from frame to frame

    def __call__(self, utterance, wav, start, stop):
        """Read the crops of one manifest row.

        Arguments
        ---------
        utterance : str
            Its ID.
        wav : str
            Its file, which is not read.
        start, stop : int
            Where it lies in the file, in samples.

        Returns
        -------
        list of torch.Tensor
            One [count, T, D] per group.
        """
        samples = int(stop) - int(start)
        starts = iter(self.crops.starts(utterance, samples))
        groups = []
        for count, length in zip(self.crops.counts, self.crops.lengths):
            # Disjoint crops of a short utterance lie on a circle
            circle = self.crops.disjoint and samples < count * length
            pieces = [
                self._piece(utterance, next(starts), length, circle)
                for _ in range(count)
            ]
            groups.append(torch.stack(pieces))
        return groups

    def _piece(self, utterance, start, length, circle):
        """Read frames [T, D] from the one that a sample belongs to."""
        length = max(round(length / self.hop), 1)
        frames = self.cache.frames(utterance)
        first = round(start / self.hop)
        if not circle:  # convolutions make fewer frames than there are hops
            first = min(first, max(frames - length, 0))
        if first + length <= frames:
            return self.cache.crop(utterance, first, first + length)
        numbers = torch.arange(first, first + length) % frames
        return self.cache.crop(utterance, 0, None)[numbers]
