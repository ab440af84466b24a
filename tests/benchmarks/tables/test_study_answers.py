"""Answers of a study are printed from its folder as from what is kept of it, which tells no paths."""

import json

import pytest

from sb_contrastive.study.answers import clusters, speakers

CLUSTERS = {
    "seeds": [1, 2],
    "clusters": [18, 20],
    "speakers": [20, 20],
    "NMI": [80.0, 82.0],
    "ARI": [70.0, 71.0],
    "purity": [90.0, 92.0],
    "kept": [95.0, 96.0],
}
SYSTEM = {
    "seeds": [1, 2],
    "EER": [4.0, 5.0],
    "interval": [1.0, 9.0],
    "minDCF_0.01": [0.4, 0.5],
    "minDCF_0.05": [0.3, 0.3],
    "seconds": [60, 90],
}


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "study"
    folder.mkdir()
    better = SYSTEM | {"gains": [-1.0, -0.5], "gain_interval": [-2.0, 0.1]}
    answers = {"a": SYSTEM, "b": better}
    results = {
        "experiment": "positives_study",
        "command": f"train.py {tmp_path}",
        "protocol": {"corpus": str(tmp_path), "seeds": [1, 2], "oracle": True},
        "versions": {"sb_contrastive": "0.1.0+g123"},
        "metrics": {
            "eer": {
                "title": "Which?",
                "against": "a",
                "systems": {"a": "a/verify", "b": "b/verify"},
                "trials": {"one": answers, "two": answers},
            },
            "nmi": {
                "title": "How good?",
                "systems": {"a": "a/cluster"},
                "clusterings": {"a": CLUSTERS},
            },
        },
    }
    (folder / "results.json").write_text(json.dumps(results))
    return folder, results["metrics"]


def test_the_tables_are_those_of_the_answers(study, benchmark_script):
    folder, metrics = study
    every = benchmark_script("tables/study_answers.py", folder)
    own = speakers.markdown("Which?", metrics["eer"]["trials"], "a")
    assert own.splitlines()[2:] == benchmark_script(
        "tables/study_answers.py", folder, "--question", "eer"
    )
    assert own in "\n".join(every) and every[0].startswith("ORACLE")
    agreement = clusters.markdown("How good?", {"a": CLUSTERS}, None)
    assert agreement in "\n".join(every)
    one = benchmark_script(
        "tables/study_answers.py", folder, "--question", "eer", "--list", "two"
    )
    assert [line.split(" | ")[0] for line in one[2:]] == ["| two", "| two"]


def test_what_is_kept_prints_the_same_and_tells_no_paths(
    study, benchmark_script, tmp_path
):
    folder, _ = study
    file = tmp_path / "kept.json"
    printed = benchmark_script(
        "tables/study_answers.py", folder, "--keep", file
    )
    assert benchmark_script("tables/study_answers.py", file) == printed
    assert str(tmp_path) not in file.read_text()
    assert "0.1.0+g123" in file.read_text()
