"""Fixtures that several tests share."""

import os
from pathlib import Path

import pytest
from speechbrain.utils.importutils import LazyModule

# Hypothesis asks every loaded module for its file. SpeechBrain's lazy ones
# answer by importing optional packages (k2), which need not be installed.
LazyModule.__file__ = None


@pytest.fixture
def corpora():
    """Folder of real speech, beside the repository; tests skip without it."""
    beside = Path(__file__).parents[2] / "shared" / "corpora"
    folder = Path(os.environ.get("SB_CONTRASTIVE_CORPORA", beside))
    if not folder.is_dir():
        pytest.skip(
            f"there is no real speech in {folder}; SB_CONTRASTIVE_CORPORA"
            " can name another folder"
        )
    return folder
