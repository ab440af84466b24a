"""Questions about pseudo-labels, on clusterings written by hand."""

import json

import pytest

from sb_contrastive.evaluation.clustering.agreement import FIGURES, JUDGED
from sb_contrastive.study.answers.clusters import answer, draw, markdown
from sb_contrastive.study.plan import Run

QUESTION = {
    "systems": {"round 1": "rounds/cluster_1", "round 2": "rounds/cluster_2"}
}


@pytest.fixture
def runs(tmp_path):
    return [
        Run("rounds", seed, [], tmp_path / f"rounds_{seed}", ())
        for seed in (1, 2)
    ]


def cluster(run, stage, clusters, nmi, known=True):
    folder = run.folder / stage
    folder.mkdir(parents=True)
    figures = {"clusters": clusters, "utterances": 40, "kept": 30}
    if known:
        judged = {"speakers": 10, "NMI": nmi, "ARI": 0.5, "purity": 0.75}
        figures[JUDGED] = judged
    (folder / FIGURES).write_text(json.dumps(figures))


def test_figures_are_those_of_each_seed(runs, rendered, tmp_path, caplog):
    for run, nmi in zip(runs, (0.8, 0.9)):
        cluster(run, "cluster_1", 9 + 2 * run.seed, nmi)
    cluster(runs[0], "cluster_2", 10, 0.0, known=False)
    found = answer(QUESTION, runs)
    assert found == {
        "round 1": {
            "seeds": [1, 2],
            "clusters": [11, 13],
            "speakers": [10, 10],
            "NMI": pytest.approx([80, 90]),
            "ARI": [50, 50],
            "purity": [75, 75],
            "kept": [75, 75],
        }
    }
    assert "rounds/cluster_2: left out" in caplog.text
    text = markdown("How good?", found)
    assert "| round 1 | 2 | 12 ± 1 | 10 | 85.0 ± 7.1 | 50.0 ± 0.0 |" in text
    draw(found, tmp_path / "clusters.png", "How good?", "a note")
    assert (tmp_path / "clusters.png").stat().st_size > 1000


def test_a_run_that_is_not_there_is_named(runs):
    with pytest.raises(ValueError, match="did you mean 'rounds'"):
        answer({"systems": {"a": "round/cluster_1"}}, runs)
