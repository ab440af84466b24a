"""The page of a study ranks each system once and links to its runs."""

import json

from sb_contrastive.report_page import write_page


def row(*ua):
    return {
        "seeds": list(range(len(ua))),
        "WA": list(ua),
        "UA": list(ua),
        "deviation": 1.0,
    }


def test_a_leaderboard(tmp_path):
    better = {**row(60.0, 64.0), "gains": [1.0, 3.0], "interval": [-1.0, 5.0]}
    metrics = {
        "start": {
            "title": "Does a start help?",
            "against": "none",
            "systems": {"DINO": "dino/two_step", "none": "dino/from_scratch"},
            "labels": {"100": {"DINO": better, "none": row(59.0, 61.0)}},
        },
        "noise": {
            "title": "Does noise help?",
            "against": "clean",
            "systems": {"noisy": "dino/two_step", "clean": "clean/two_step"},
            "labels": {"100": {"noisy": better, "clean": row(70.0)}},
        },
    }
    results = {"experiment": "s", "task": "study", "metrics": metrics}
    (tmp_path / "results.json").write_text(json.dumps(results))
    run = tmp_path / "runs" / "dino_7"
    run.mkdir(parents=True)
    (run / "report.html").touch()
    page = write_page(tmp_path).read_text()
    board = page[
        page.index("Leaderboard</h2>") : page.index("The questions</h2>")
    ]
    places = [
        board.index(f"{n}. {name}")
        for n, name in (
            (1, "clean/two_step"),
            (2, "dino/two_step"),
            (3, "dino/from_scratch"),
        )
    ]
    assert places == sorted(places) and board.count("dino/two_step") == 1
    assert "DINO, noisy" in board and "62.0 ± 2.8" in board
    assert "+2.0" in page and "−1.0 to +5.0" in page
    assert 'href="runs/dino_7/report.html">begun' in page


def test_a_study_without_answers(tmp_path):
    results = {"experiment": "s", "task": "study", "metrics": {}}
    (tmp_path / "results.json").write_text(json.dumps(results))
    assert "No run has left predictions" in write_page(tmp_path).read_text()


def test_trial_lists_and_ranks(tmp_path):
    rows = {
        "SwAV": {
            "seeds": [1, 2],
            "EER": [10.0, 12.0],
            "interval": [8.0, 14.0],
            "gains": [-20.0, -18.0],
            "gain_interval": [-22.0, -16.0],
        },
        "none": {"seeds": [1], "EER": [30.0], "interval": [28.0, 32.0]},
    }
    ranked = {
        "SwAV": {"mean_rank": 1.0, "ranks": {"EER, O": 1.0}},
        "none": {"mean_rank": 2.0, "ranks": {"EER, O": 2.0}},
    }
    metrics = {
        "speakers": {
            "title": "Who?",
            "against": "none",
            "systems": {"SwAV": "swav/verify", "none": "swav/verify/none"},
            "trials": {"O": rows},
        },
        "all": {"title": "All?", "ranks": {"systems": ranked}},
    }
    results = {"experiment": "s", "task": "study", "metrics": metrics}
    (tmp_path / "results.json").write_text(json.dumps(results))
    page = write_page(tmp_path).read_text()
    assert "Trial list O" in page and "11.0 ± 1.4" in page
    assert "−19.0" in page and "−22.0 to −16.0" in page
    assert "mean rank" in page and "2.00" in page
