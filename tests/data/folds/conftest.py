"""Rows of speakers in folds."""

import pytest

from sb_contrastive.data.manifests.source import SOURCE


@pytest.fixture(scope="session")
def make_rows():
    """Returns a function that makes rows of three classes."""

    def make(folds=5, per_fold=2, per_speaker=3):
        return [
            {
                "ID": f"{f}-{s}-{i}",
                "fold": str(f),
                "spk_id": f"s{f}{s}",
                "label": "abc"[i % 3],
                SOURCE: f"m.csv:{f}{s}{i}",
            }
            for f in range(1, folds + 1)
            for s in range(per_fold)
            for i in range(per_speaker)
        ]

    return make
