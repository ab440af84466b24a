"""Two processes embed trial lists and cohort together: every file once, with the bits that one process gives."""

import numpy as np
import pytest
import torch

from sb_contrastive.data.trials.trial_list import Trials
from sb_contrastive.data.trials.trial_sets import TrialSet
from sb_contrastive.evaluation.embeddings import embed as whole_files
from sb_contrastive.evaluation.verification import segments
from sb_contrastive.evaluation.verification.scores.shared_embedding import (
    SharedEmbedding,
    look_up_shared,
)
from sb_contrastive.evaluation.verification.scores.trial_scores import (
    score_trial_sets,
)

SCORINGS = {
    "whole": {},
    "AS-norm": {"norm_top": 2},
    "parts": {"segments": "3x0.1s_mean", "mean": True},
    "pairs": {"segments": "2x0.1s_pairwise"},
}


@pytest.fixture
def sets(rows):
    first, second = rows[:3], rows[1:5]
    trials = Trials(
        [True, False],
        np.array([0, 0]),
        np.array([1, 2]),
        [row["ID"] for row in first],
    )
    others = trials._replace(files=[row["ID"] for row in second])
    return {
        "one": TrialSet(trials, first, None),
        "two": TrialSet(others, second, None),
    }


def test_scores_have_the_same_bits_and_no_file_is_embedded_twice(
    rows, sets, small_encoder, two_ranks, one_thread, monkeypatch
):
    torch.manual_seed(0)
    encoder, cohort = small_encoder(), rows[5:]
    alone = score_trial_sets(encoder, sets, SCORINGS, cohort)

    def share(rank):
        seen = []
        encode = segments.encode_audio

        def noting(encoder, wavs, batch):
            seen.extend(row["ID"] for row in batch)
            return encode(encoder, wavs, batch)

        with monkeypatch.context() as patch:
            for module in (segments, whole_files):
                patch.setattr(module, "encode_audio", noting)
            shared = SharedEmbedding(encoder, sets, SCORINGS, cohort)
        scores = score_trial_sets(
            shared, sets, SCORINGS, cohort, embed=look_up_shared
        )
        return {
            "seen": seen,
            "scores": [
                torch.from_numpy(scores[title][name])
                for title in SCORINGS
                for name in sets
            ],
        }

    first, second = two_ranks(share)
    expected = [alone[title][name] for title in SCORINGS for name in sets]
    for found in (first, second):
        for scores, own in zip(found["scores"], expected, strict=True):
            np.testing.assert_array_equal(scores.numpy(), own)
    # Trials whole, in thirds and in pairs; the cohort whole and in thirds
    whole = [row["ID"] for row in rows[:5]] * 3
    assert sorted(first["seen"] + second["seen"]) == sorted(
        whole + [row["ID"] for row in cohort] * 2
    )
    assert first["seen"] and second["seen"]
