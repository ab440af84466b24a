"""Mean ranks over questions, compared with ranks that are counted by hand."""

import pytest

from sb_contrastive.study.answers import check_questions, kind_of
from sb_contrastive.study.answers.ranks import answer, draw, markdown

SYSTEMS = ("A", "B", "A + B", "none")
COLUMNS = {  # two seeds each
    "speakers": {
        "EER, easy": {"A": (10, 12), "B": (20, 22), "A + B": (9, 13)},
        "EER, hard": {"A": (30, 30), "B": (25, 25), "A + B": (25, 25)},
    },
    "emotion": {
        "UA, 100 % of the labels": {
            "A": (50, 50),
            "B": (60, 58),
            "A + B": (55, 59),
        }
    },
}
WORST = {"EER, easy": 50, "EER, hard": 50, "UA, 100 % of the labels": 20}


@pytest.fixture
def columns():
    return {
        key: {
            name: {
                title: dict(zip((1, 2), values))
                for title, values in {
                    **rows,
                    "none": (WORST[name], WORST[name]),
                }.items()
            }
            for name, rows in found.items()
        }
        for key, found in COLUMNS.items()
    }


QUESTION = {
    "ranks": ["speakers", "emotion"],
    "compositions": {"A + B": ["A", "B"]},
}


def test_ranks_counted_by_hand(columns, rendered, tmp_path):
    found = answer(QUESTION, columns, {"A": 60.0})
    # Means: easy 11, 21, 11; hard 30, 25, 25; UA 50, 59, 57
    assert list(found["systems"]["A"]["ranks"].values()) == [1.5, 3, 3]
    assert list(found["systems"]["B"]["ranks"].values()) == [3, 1.5, 1]
    assert list(found["systems"]["A + B"]["ranks"].values()) == [1.5, 1.5, 2]
    ranks = {t: row["mean_rank"] for t, row in found["systems"].items()}
    assert ranks == pytest.approx(
        {"A + B": 5 / 3, "B": 5.5 / 3, "A": 7.5 / 3, "none": 4}
    )
    assert list(ranks) == ["A + B", "B", "A", "none"]
    # Of seed 1: easy 2, 3, 1; hard 3, 1.5, 1.5; UA 3, 1, 2
    # Of seed 2: easy 1, 3, 2; hard 3, 1.5, 1.5; UA 3, 2, 1
    assert found["systems"]["A + B"]["of_seeds"] == pytest.approx([1.5, 1.5])
    assert found["systems"]["B"]["of_seeds"] == pytest.approx(
        [5.5 / 3, 6.5 / 3]
    )
    assert found["systems"]["A"]["EER"] == [20, 21]
    assert found["systems"]["A"]["UA"] == [50, 50]
    assert found["systems"]["A"]["seconds"] == 60.0
    whole = found["compositions"]["A + B"]
    assert whole["beats"] and whole["seeds"] == [2, 2]
    text = markdown("Which?", found)
    assert "| A + B | 1.67 | 1.5 ± 0.0 | 1.5 | 1.5 | 2 |" in text
    assert (
        "A + B (mean rank 1.67), beats each of its parts: A (2.50), B (1.83)"
        in text
    )
    draw(found, tmp_path / "which.png", "Which?", "a note")
    assert (tmp_path / "which.png").stat().st_size > 1000


def test_a_composition_that_is_behind(columns):
    columns["emotion"]["UA, 100 % of the labels"]["A + B"] = {1: 30, 2: 30}
    text = markdown("Which?", answer(QUESTION, columns))
    # Ranks of B 3, 1.5, 1; of A + B 1.5, 1.5, 3
    assert "A + B (mean rank 2.00), does not beat B (1.83): it is 0.17" in text
    assert "It beats A (2.17)." in text


def test_only_systems_of_all_questions_are_ranked(columns):
    del columns["emotion"]["UA, 100 % of the labels"]["A"]
    found = answer(QUESTION, columns)
    assert set(found["systems"]) == {"B", "A + B", "none"}
    assert found["compositions"] == {}
    assert answer(QUESTION, {**columns, "emotion": {}}) == {}


def test_mistakes_are_named():
    systems = {"A": "a/verify", "B": "b/verify", "A + B": "c/verify"}
    questions = {
        "speakers": {"measure": "EER", "systems": systems},
        "all": {"ranks": ["speaker"]},
    }
    runs = [type("Run", (), {"name": name}) for name in "abc"]
    with pytest.raises(ValueError, match="did you mean 'speakers'"):
        check_questions(questions, runs)
    questions["all"] = {"ranks": ["speakers"], "compositions": {"A": ["C"]}}
    with pytest.raises(ValueError, match="'C' is no system of the question"):
        check_questions(questions, runs)
    with pytest.raises(ValueError, match="measure of a question is one of UA"):
        kind_of({"systems": systems, "measure": "WER"})
