"""Sends the recordings of an experiment through simulated channels."""

from speechbrain.utils.logger import get_logger

from sb_contrastive.data.augmentation.channel_copies import with_channels
from sb_contrastive.data.channel_notice import (
    NOTE,
    NOTICE_NAME,
    leave_channel_notice,
)
from sb_contrastive.data.manifests.manifest import read_manifest, write_manifest
from sb_contrastive.suggestions import check_choice

logger = get_logger(__name__)

TRAINING, TRIALS, ALL = "training", "trials", "all"


class SimulatedChannels:
    """Says whose recordings go through simulated channels, and where the copies are.

    Arguments
    ---------
    whose : str or None
        "training", "trials", "all", or None: nobody's.
    seed : int
        Of the channels.
    folder : str or pathlib.Path
        Where copies are kept.

    Raises
    ------
    ValueError
        When `whose` is none of these.

    Example
    -------
    >>> SimulatedChannels(None, 0, "unused").inputs
    {}
    >>> SimulatedChannels("test", 0, "unused")
    Traceback (most recent call last):
    ValueError: simulated_channels is one of training, trials, all, got 'test'...
    """

    def __init__(self, whose, seed, folder):
        if whose is not None:
            known = (TRAINING, TRIALS, ALL)
            check_choice("simulated_channels", whose, known)
        self.whose, self.seed, self.folder = whose, seed, folder

    @property
    def inputs(self):
        """Returns what manifests depend on: nothing more than before, where nobody's
        recordings are changed."""
        if self.whose is None:
            return {}
        return {
            "simulated_channels": self.whose,
            "channel_seed": self.seed,
            "channels_folder": str(self.folder),
        }

    def apply(self, path, part):
        """Let a manifest name copies in the place of the recordings.

        Arguments
        ---------
        path : pathlib.Path
            The manifest of this part, whose audio has been checked.
        part : str
            "training" or "trials".
        """
        if self.whose in (part, ALL):
            rows = with_channels(read_manifest(path), self.folder, self.seed)
            write_manifest(rows, path)

    def tell(self, manifests):
        """Say so, and mark the experiment, so that its results say so.

        Arguments
        ---------
        manifests : pathlib.Path
            Folder of its manifests.
        """
        if self.whose is None:
            # They have been made anew without
            (manifests / NOTICE_NAME).unlink(missing_ok=True)
            return
        logger.warning(NOTE)
        leave_channel_notice(manifests)
