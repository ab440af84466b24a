"""Synthetic corpora that many tests read, written once for all of them."""

import os

import pytest
from filelock import FileLock

from sb_contrastive.data.synthetic_notice import is_synthetic
from sb_contrastive.synthetic import write_iemocap, write_voxceleb


@pytest.fixture(scope="session")
def tiny_corpora(tmp_path_factory):
    """Folder of two corpora that tests only read: `iemocap`, of 40 utterances
    with one of the four classes, and `voxceleb`, of 20 utterances by ten
    speakers, two of them in the trials."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # of all processes that share the tests
    folder = folder / "tiny_corpora"
    folder.mkdir(exist_ok=True)
    with FileLock(folder / "lock"):
        if not is_synthetic(folder / "iemocap"):
            write_iemocap(folder / "iemocap", utterances_per_speaker=4, jobs=1)
        if not is_synthetic(folder / "voxceleb"):
            sizes = {"speakers": 10, "videos": 2, "utterances": 1}
            write_voxceleb(folder / "voxceleb", **sizes, jobs=1)
    return folder
