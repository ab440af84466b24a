"""What is left of a trial list for charts: curve, histogram and the worst trials."""

import json

import numpy as np
import pytest

from sb_contrastive.data.trials.trial_list import Trials
from sb_contrastive.data.trials.trial_sets import trial_set
from sb_contrastive.evaluation.verification.shown.trial_summary import (
    FLOOR,
    det_points,
    histogram,
    write_trial_summary,
)

FILES = [f"s{i // 3}/{i}.wav" for i in range(9)]
ROWS = [{"ID": f, "wav": f"/w/{f}", "start": 0, "stop": 9} for f in FILES]


def test_points_lie_on_the_curve():
    draw = np.random.default_rng(0)
    positive, negative = draw.normal(1, 1, 300), draw.normal(0, 1, 500)
    points = det_points(positive, negative)
    cuts = np.concatenate([[-np.inf], positive, negative])
    curve = {
        (
            round(float(np.clip((negative > c).mean(), FLOOR, 1 - FLOOR)), 5),
            round(float(np.clip((positive <= c).mean(), FLOOR, 1 - FLOOR)), 5),
        )
        for c in cuts
    }
    assert {tuple(p) for p in points} <= curve
    assert 50 < len(points) < len(curve)


def test_every_score_is_counted():
    found = histogram(np.array([0.5, 0.9, 0.9]), np.array([-1.0, 0.1]))
    assert sum(found["targets"]) == 3 and sum(found["nontargets"]) == 2
    assert len(found["edges"]) == len(found["targets"]) + 1


@pytest.mark.parametrize("same", [True, False])
def test_the_worst_trials(tmp_path, same):
    enrol, test = np.triu_indices(9, 1)
    # Each pair is in the list in both directions
    enrol, test = np.concatenate([[enrol, test], [test, enrol]], axis=1)
    labels = enrol // 3 == test // 3
    scores = np.random.default_rng(1).normal(size=len(labels) // 2)
    scores = np.tile(scores, 2)
    given = trial_set(Trials(labels, enrol, test, FILES), ROWS)
    write_trial_summary(tmp_path / "t.json", given, {"a": scores})
    found = json.loads((tmp_path / "t.json").read_text())["a"]
    pairs = found["farthest_twins" if same else "nearest_strangers"]
    kind = np.sort(np.unique(scores[labels == same]))
    worst = kind[:3] if same else kind[::-1][:3]
    assert [p["score"] for p in pairs] == [round(float(s), 4) for s in worst]
    names = {frozenset(side["name"] for side in p["sides"]) for p in pairs}
    assert len(names) == 3
    assert pairs[0]["sides"][0]["wav"] == f"/w/{pairs[0]['sides'][0]['name']}"
