"""Columns of text take little memory and give what they were given."""

import tracemalloc

import numpy as np
import pytest

from sb_contrastive.data.columns.texts import (
    RepeatedTexts,
    TextBuilder,
    Texts,
)


def built(blocks):
    builder = TextBuilder()
    for block in blocks:
        builder.add(block)
    return builder.column()


def test_few_texts_are_kept_once():
    speakers = [f"speaker{i % 700}" for i in range(5000)]
    column = built([speakers[:999], speakers[999:]])
    assert isinstance(column, RepeatedTexts)
    assert len(column.values) == 700
    assert column.take(slice(None)) == speakers


@pytest.mark.parametrize("start", [0, 4000])
def test_different_texts_are_kept_end_to_end(start):
    # Also where it turns out late that they differ
    names = ["again"] * start + [f"ü{i}" for i in range(9000)]
    column = built([names[i : i + 500] for i in range(0, len(names), 500)])
    assert isinstance(column, Texts)
    assert column.take(slice(None)) == names
    assert [column.at(i) for i in (0, 5000, -1 % len(names))] == [
        names[i] for i in (0, 5000, -1)
    ]


def test_keys_are_the_same_for_the_same_texts():
    few = built([["ann", "bob", "ann", ""]])
    many = Texts.of(["bob", "", "ann"])
    assert few.keys().tolist() == [many.keys()[i] for i in (2, 0, 2, 1)]
    assert few.filled().tolist() == [True, True, True, False]


def test_nothing():
    assert built([]).take(slice(None)) == []
    assert len(Texts.of([])) == 0 and Texts.of([]).keys().dtype == np.int64


@pytest.mark.parametrize("repeated", [False, True])
@pytest.mark.parametrize(
    "place",
    [slice(None), slice(2, 5), slice(-3, None), slice(None, None, -2)],
)
def test_a_slice_is_that_of_a_list(repeated, place):
    texts = [f"text {i % 4 if repeated else i}" for i in range(9)]
    column = Texts.of(texts)
    if repeated:
        column = RepeatedTexts(Texts.of(texts[:4]), np.arange(9) % 4)
    assert column.take(place) == texts[place]


def test_a_small_slice_of_a_long_column_takes_little_memory():
    column = Texts.of(["a"] * 300_000)
    tracemalloc.start()
    try:
        column.take(slice(100, 102))
        assert tracemalloc.get_traced_memory()[1] < 50_000
    finally:
        tracemalloc.stop()
