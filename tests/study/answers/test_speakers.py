"""Questions about speakers, on score files written by hand."""

import json

import numpy as np
import pytest

from sb_contrastive.data.trials.trial_list import Trials
from sb_contrastive.data.trials.trial_sets import TrialSet
from sb_contrastive.evaluation.verification.over_seeds.kept_scores import (
    write_scores,
    write_sides,
)
from sb_contrastive.study.answers.speakers import (
    answer,
    columns,
    draw,
    markdown,
    training_seconds,
)
from sb_contrastive.study.plan import Run
from tests.support.verification import metrics

SPEAKERS = np.repeat(np.arange(6), 2)
FIRST, SECOND = np.triu_indices(len(SPEAKERS), 1)
LABELS = SPEAKERS[FIRST] == SPEAKERS[SECOND]


@pytest.fixture
def runs(tmp_path):
    return [
        Run(name, seed, [], tmp_path / f"{name}_{seed}", ())
        for name in ("swav", "dino")
        for seed in (1, 2)
    ]


def verify(run, gap, labels=LABELS, seconds=60.0):
    """Leave what stage `verify` leaves of two lists and two systems."""
    trials = Trials(labels, FIRST, SECOND, [f"f{i}" for i in range(12)])
    sets = {n: TrialSet(trials, [], list(SPEAKERS)) for n in ("easy", "hard")}
    noise = np.random.default_rng(run.seed).standard_normal(len(labels))
    scores = {
        "Method": {"easy": gap * labels + noise, "hard": labels + noise},
        "random weights": {"easy": noise, "hard": noise},
    }
    write_scores(run.folder / "verify", scores)
    write_sides(run.folder / "verify", sets)
    encoders = {"Method": "pretrain", "random weights": None}
    results = {
        "metrics": {name: dict.fromkeys(scores, {}) for name in sets},
        "protocol": {"encoders": encoders},
    }
    (run.folder / "results.json").write_text(json.dumps(results))
    (run.folder / "pretrain").mkdir()
    log = json.dumps({"epochs": [], "train_seconds": seconds})
    (run.folder / "pretrain" / "log.json").write_text(log)
    return scores


QUESTION = {
    "systems": {
        "random": "dino/verify/random weights",
        "SwAV": "swav/verify",
        "DINO": "dino/verify",
    },
    "against": "random",
}


def test_every_list_and_the_baseline(runs, rendered, tmp_path):
    kept = [verify(run, 3.0, seconds=60.0 * run.seed) for run in runs]
    found = answer(QUESTION, runs)
    assert list(found) == ["easy", "hard"]
    for name, rows in found.items():
        for title, system, scores in (
            ("random", "random weights", kept[2:]),
            ("SwAV", "Method", kept[:2]),
            ("DINO", "Method", kept[2:]),
        ):
            expected = [metrics(x[system][name], LABELS) for x in scores]
            eer = [100 * m["EER"] for m in expected]
            assert rows[title]["EER"] == pytest.approx(eer)
            assert rows[title]["minDCF_0.01"] == pytest.approx(
                [m["minDCF_0.01"] for m in expected]
            )
        assert rows["SwAV"]["gains"] == pytest.approx(
            np.subtract(rows["SwAV"]["EER"], rows["random"]["EER"]).tolist()
        )
        assert rows["SwAV"]["seconds"] == [60.0, 120.0]
        assert "seconds" not in rows["random"]
    assert training_seconds(found) == {"SwAV": 90.0, "DINO": 90.0}
    assert columns(found)["EER, hard"]["DINO"] == dict(
        zip((1, 2), found["hard"]["DINO"]["EER"])
    )
    text = markdown("Which?", found, "random")
    assert text.count("| easy |") == 3 and "| EER less random |" in text
    assert "| 1.5 |" in text
    draw(found, tmp_path / "which.png", "Which?", "a note")
    assert (tmp_path / "which.png").stat().st_size > 1000


def test_ratios_have_a_column_of_their_own(runs):
    for run in runs:
        verify(run, 3.0)
    for run in runs[:2]:  # the scores of swav are log-likelihood ratios
        path = run.folder / "results.json"
        results = json.loads(path.read_text())
        for rows in results["metrics"].values():
            rows["Method"] = {"Cllr": 0.5}
        path.write_text(json.dumps(results))
    found = answer(QUESTION, runs)["easy"]
    assert len(found["SwAV"]["Cllr"]) == 2 and "Cllr" not in found["DINO"]
    assert found["SwAV"]["Cllr_interval"][0] < found["SwAV"]["Cllr_interval"][1]
    lines = markdown("Which?", {"easy": found}, "random").splitlines()[2:]
    assert len({line.count("|") for line in lines}) == 1
    assert lines[0].endswith("| minutes | Cllr | 95 % interval |")


def test_runs_to_come_are_left_out_with_a_warning(runs, caplog):
    verify(runs[0], 3.0)
    rows = answer(QUESTION, runs)["easy"]
    assert list(rows) == ["SwAV"] and "gains" not in rows["SwAV"]
    assert "dino/verify: left out, dino has verified nothing" in caplog.text
    assert answer({"systems": {"DINO": "dino/verify"}}, runs) == {}


def test_mistakes_are_named(runs):
    verify(runs[0], 3.0)
    with pytest.raises(ValueError, match="did you mean 'Method'"):
        answer({"systems": {"A": "swav/verify/Methods"}}, runs)
    with pytest.raises(ValueError, match="in a stage 'verfy'"):
        answer({"systems": {"A": "swav/verfy"}}, runs)
    verify(runs[2], 3.0, labels=~LABELS)
    with pytest.raises(ValueError, match="different trial lists of the name"):
        answer({"systems": QUESTION["systems"]}, runs)
