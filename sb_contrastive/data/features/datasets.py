"""Makes SpeechBrain datasets over cached features: whole utterances or random crops."""

from speechbrain.dataio.dataset import DynamicItemDataset

from sb_contrastive.data.randomness import keyed_generator
from sb_contrastive.data.views.shared_epoch import SharedEpoch
from sb_contrastive.ranges import Positive


class FrameCrops:
    """Draws the part of an utterance's frames that an epoch sees.

    Starts are uniform and depend on (seed, epoch, utterance) alone; whoever
    trains sets `epoch`. A shorter utterance stays whole: batches are padded,
    and losses mask the padding.

    Arguments
    ---------
    seconds : float
        Longest crop.
    seed : int
        Seed of the experiment.
    frame_rate : int
        Frames per second, see `FeatureCache.frame_rate`.

    Example
    -------
    >>> crops = FrameCrops(seconds=2.0, seed=1986)
    >>> crops("utt7", 60)
    (0, 60)
    >>> start, stop = crops("utt7", 500)
    >>> 0 <= start <= 400, stop - start
    (True, 100)
    """

    epoch = SharedEpoch()  # also seen by workers that outlive an epoch

    def __init__(self, seconds: Positive, seed, frame_rate: Positive = 50):
        self.length = round(seconds * frame_rate)
        if self.length < 1:
            raise ValueError(
                f"a crop of {seconds} s is shorter than one frame of "
                f"{1 / frame_rate} s"
            )
        self.seed = seed
        self.epoch = 0

    def __call__(self, utterance, frames):
        """Draws the place of the crop.

        Arguments
        ---------
        utterance : str
            Its ID.
        frames : int
            How many it has.

        Returns
        -------
        tuple of int
            First frame, and one past the last.
        """
        room = max(frames - self.length, 0)
        rng = keyed_generator(self.seed, self.epoch, utterance, "frames")
        start = int(rng.integers(room + 1))
        return start, min(start + self.length, frames)


def feature_dataset(rows, cache, crops=None, labels=None, column="label"):
    """Makes a dataset of cached features, which are read when they are asked for.

    Arguments
    ---------
    rows : list of dict
        Manifest rows, with which the cache was built.
    cache : FeatureCache
        Where the features are.
    crops : FrameCrops, optional
        Draws a part of each utterance; whole ones when absent.
    labels : dict, optional
        Class name -> index; adds `target` to each item.
    column : str
        Column of the manifest that names the class.

    Returns
    -------
    DynamicItemDataset
        Items have `id`, `features` [T, D] and, if asked for, `target`;
        SpeechBrain's `PaddedBatch` pads the features and gives their lengths.

    Raises
    ------
    KeyError
        When the cache lacks an utterance.
    """
    for row in rows:
        cache.frames(row["ID"])  # before training rather than in its midst

    def read(utterance):
        if crops is None:
            return cache[utterance]
        return cache.crop(utterance, *crops(utterance, cache.frames(utterance)))

    dataset = DynamicItemDataset(
        {row["ID"]: {k: row[k] for k in (column,) if k in row} for row in rows}
    )
    dataset.add_dynamic_item(read, "id", "features")
    keys = ["id", "features"]
    if labels is not None:
        dataset.add_dynamic_item(labels.__getitem__, column, "target")
        keys.append("target")
    dataset.set_output_keys(keys)
    return dataset
