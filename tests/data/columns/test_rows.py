"""Rows behave as the list of dicts that they stand for."""

import copy
import json
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sb_contrastive.data.columns import access
from sb_contrastive.data.columns.joining import joined
from sb_contrastive.data.columns.lookup import Lookup
from sb_contrastive.data.columns.places import Places
from sb_contrastive.data.columns.rows import Rows
from sb_contrastive.data.columns.texts import TextBuilder, Texts

CELL = st.sampled_from(["", "ann", "bob", "é", "a\nb", "\udce9"])


def column(texts, repeated=True):
    builder = TextBuilder(repeated)
    builder.add(texts)
    return builder.column()


@pytest.fixture
def rows():
    return Rows(
        {
            "ID": Texts.of(["a", "b", "c"]),
            "spk_id": column(["ann", "", "ann"]),
            "start": np.array([0, 5, 7]),
            "duration": np.array([0.5, 1.5, 2.5]),
            " source": Places(
                ["x.csv"], np.zeros(3, np.uint8), np.array([2, 3, 5])
            ),
        }
    )


DICTS = [
    {
        "ID": "a",
        "spk_id": "ann",
        "start": 0,
        "duration": 0.5,
        " source": "x.csv:2",
    },
    {"ID": "b", "start": 5, "duration": 1.5, " source": "x.csv:3"},
    {
        "ID": "c",
        "spk_id": "ann",
        "start": 7,
        "duration": 2.5,
        " source": "x.csv:5",
    },
]


def test_rows_are_the_dicts_they_stand_for(rows):
    assert list(rows) == DICTS and rows == DICTS and DICTS == rows
    assert [rows[i] for i in range(-3, 3)] == DICTS * 2
    assert rows[1:] == DICTS[1:] and rows[::-2] == DICTS[::-2]
    assert rows[1:][-1] == DICTS[2] and len(rows[1:][1:]) == 1
    assert rows + DICTS == DICTS * 2 and DICTS + rows == DICTS * 2
    assert DICTS[1] in rows and rows.index(DICTS[1]) == 1
    assert not rows[3:] and rows
    with pytest.raises(IndexError, match="3 rows, and none at 3"):
        rows[3]


@pytest.mark.parametrize("place", [0, 1, slice(None)])
def test_a_row_is_a_dict(rows, place):
    row = rows[place] if place != slice(None) else next(iter(rows))
    assert isinstance(row, dict)
    assert json.loads(json.dumps(row)) == row
    for other in (
        {**row},
        row | {},
        {} | row,
        dict(row),
        row.copy(),
        copy.copy(row),
        copy.deepcopy(row),
        pickle.loads(pickle.dumps(row)),
    ):
        assert type(other) is dict and other == row
        other["label"] = "sad"
    assert "label" not in row
    for change in (
        lambda: row.update(start=1),
        lambda: row.setdefault("x", 1),
        lambda: row.pop("ID"),
        lambda: row.__setitem__("ID", "z"),
    ):
        with pytest.raises(TypeError, match=r"make a copy of it, \{\*\*row\}"):
            change()
    assert type(row["start"]) is int and type(row["duration"]) is float


def test_columns_travel_to_other_processes(rows):
    part = pickle.loads(pickle.dumps(rows[1:]))
    assert part == DICTS[1:]


@settings(deadline=None)  # a busy machine is no fault
@given(
    st.lists(st.tuples(CELL, CELL, st.integers(-5, 5)), max_size=9),
    st.data(),
)
def test_all_ways_to_look_agree(lines, data):
    names = ("label", "wav", "start")
    rows = Rows(
        {
            "label": column([line[0] for line in lines]),
            "wav": column([line[1] for line in lines], repeated=False),
            "start": np.array([line[2] for line in lines], np.int64),
        }
    )
    dicts = [{k: v for k, v in zip(names, line) if v != ""} for line in lines]
    chosen = np.array(
        data.draw(
            st.lists(st.integers(0, len(lines) - 1)) if lines else st.just([])
        ),
        np.int64,
    )
    for part in (np.arange(len(dicts)), chosen):
        rows, dicts = rows.part(part), access.part(dicts, part)
        assert list(rows) == dicts == [rows[i] for i in range(len(rows))]
        for name in (*names, "absent"):
            assert list(access.values(rows, name, "?")) == list(
                access.values(dicts, name, "?")
            )
        assert rows.whole() == dicts
        assert rows.only(["wav"]) == [
            {k: v for k, v in row.items() if k == "wav"} for row in dicts
        ]
        new = np.arange(len(dicts))
        tags = Texts.of([f"t{i}" for i in new])
        for more in (
            {"start": new},
            {"tag": tags},
            {"start": new, "tag": tags},
        ):
            assert rows.having(**more) == access.having(dicts, **more)
        assert access.numbers(rows, "start").tolist() == [
            row["start"] for row in dicts
        ]


def test_joined_rows(rows):
    few = Rows({"start": np.array([3]), "label": Texts.of(["sad"])})
    both = joined([rows, few.having(duration=np.array([9.0]))])
    assert both == [*DICTS, {"start": 3, "duration": 9.0, "label": "sad"}]
    twice = joined([rows[1:], rows])
    assert twice == [*DICTS[1:], *DICTS]
    assert isinstance(twice.columns[" source"], Places)


@pytest.mark.parametrize("columns", [True, False])
def test_rows_are_found_by_their_ids(rows, columns):
    find = Lookup(rows if columns else DICTS)
    assert [find(name) for name in ("a", "c", "x")] == [0, 2, None]
    assert pickle.loads(pickle.dumps(find))("b") == 1
    find = Lookup(rows[1:])
    assert [find(name) for name in ("a", "c")] == [None, 1]
