"""A number of speakers is trusted where voices are far apart, and comes with a range."""

import numpy as np
import pytest

from sb_contrastive.evaluation.clustering import (
    group_speakers,
    how_far_to_trust,
)
from sb_contrastive.evaluation.clustering.trust import Trust
from sb_contrastive.evaluation.verification.calibration import (
    Calibration,
    fit_unlabelled,
)


def voices(speakers, each, spread, D=32, seed=0):
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((speakers, 1, D))
    z = z + spread * rng.standard_normal((speakers, each, D))
    return z.reshape(-1, D)


def trusted(z, calibration=None):
    found = group_speakers(z, calibration or fit_unlabelled(z).calibration)
    return found, how_far_to_trust(z, found, calibration)


def test_voices_that_are_far_apart_are_counted_for_sure():
    found, trust = trusted(voices(8, 8, spread=0.2))
    assert (trust.least, trust.most) == (8, 8) and trust.doubtful == 0
    assert trust.separation > 5 and trust.reasons() == []


def test_voices_that_are_alike_are_not():
    found, trust = trusted(voices(12, 5, spread=0.95, D=16))
    assert trust.least <= found.labels.max() + 1 <= trust.most
    assert trust.least <= found.between[0] and found.between[1] <= trust.most
    assert trust.least < trust.most and trust.separation < 5
    said = " ".join(trust.reasons())
    assert f"give {trust.least} to {trust.most}" in said
    assert "standard deviations apart" in said


def test_a_speaker_of_one_recording_is_counted_in_each_part():
    z = np.vstack([voices(8, 8, spread=0.2), voices(3, 1, 0.2, seed=9)])
    found, trust = trusted(z, fit_unlabelled(z).calibration)
    assert found.labels.max() + 1 == 11
    assert (trust.least, trust.most) == (11, 11)


def test_recordings_without_two_kinds_of_pairs_are_told(monkeypatch):
    z = np.random.default_rng(0).standard_normal((30, 64))
    _, trust = trusted(z, Calibration(20.0, -10.0))
    assert trust.separation is None
    assert "do not show two kinds" in trust.reasons()[-1]


@pytest.mark.parametrize("refused, count", [(0, 0), (1, 1)])
def test_a_part_that_shows_one_kind_alone_is_a_reason(refused, count):
    assert len(Trust(4, 4, 0.02, 5.0, refused).reasons()) == count


def test_many_recordings_are_not_resampled(monkeypatch):
    from sb_contrastive.evaluation.clustering import trust as module

    monkeypatch.setattr(module, "MOST", 10)
    monkeypatch.setattr(module, "average_linkage", None)  # may not be called
    found, trust = trusted(voices(8, 8, spread=0.2))
    assert (trust.least, trust.most) == found.between
