"""Rows are grouped as a dict would group them."""

import numpy as np
import pytest

from sb_contrastive.data.columns.groups import groups
from sb_contrastive.data.columns.rows import Rows
from sb_contrastive.data.columns.texts import TextBuilder, Texts
from sb_contrastive.data.columns.used_spans import UsedSpans


def slow_groups(texts):
    known, codes, firsts = [], [], []
    for number, text in enumerate(texts):
        if text and text not in known:
            known.append(text)
            firsts.append(number)
        codes.append(known.index(text) if text else -1)
    return codes, firsts


@pytest.mark.parametrize("repeated", [True, False])
@pytest.mark.parametrize("part", [slice(None), slice(3, None, 2), slice(0, 0)])
def test_groups(repeated, part):
    rng = np.random.default_rng(0)
    texts = ["", "ann", "bob", "cy"]
    texts = [texts[i] for i in rng.integers(0, 4, 60)]
    builder = TextBuilder(repeated)
    builder.add(texts)
    rows = Rows({"spk_id": builder.column()})[part]
    codes, firsts = slow_groups(texts[part])
    for given in (rows, list(rows)):
        found = groups(given, "spk_id")
        assert found.codes.tolist() == codes
        assert found.firsts.tolist() == firsts
        assert (groups(given, "absent").codes == -1).all()


def test_texts_with_one_key_are_told_apart(monkeypatch):
    monkeypatch.setattr(Texts, "keys", lambda self: np.zeros(len(self), int))
    rows = Rows({"wav": Texts.of(["b", "a", "b"])})
    assert groups(rows, "wav").codes.tolist() == [0, 1, 0]


def test_spans_of_files():
    rng = np.random.default_rng(0)
    file, start = rng.integers(0, 4, 5000), rng.integers(0, 9, 5000)
    without = rng.integers(0, 5000, 99).tolist()
    used = UsedSpans(file, start, start + 1, without)
    expected = {}
    for row in range(5000):
        if row not in set(without):
            expected.setdefault(file[row], []).append(row)
    assert used.files.tolist() == list(expected)
    for number, rows in expected.items():
        assert used.rows(number) == rows
        spans = used.spans(number)
        assert set(spans) == {(start[r], start[r] + 1) for r in rows}
        assert len(spans) == 9  # each once
