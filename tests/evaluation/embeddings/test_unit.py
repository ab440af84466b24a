"""Unit embeddings and their cosines agree with loops over rows."""

import numpy as np
import pytest
import torch

from sb_contrastive.evaluation.embeddings import unit
from sb_contrastive.evaluation.embeddings.unit import (
    class_codes,
    cosine_blocks,
    labelled_unit_embeddings,
    unit_embeddings,
)


@pytest.mark.parametrize("kind", [np.asarray, torch.tensor, list])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_rows_have_length_one(kind, dtype):
    z = [[3.0, 4.0], [-2.0, 0.0], [0.0, 0.0]]
    found = unit_embeddings(kind(z), dtype)
    assert found.dtype == dtype
    expected = torch.tensor([[0.6, 0.8], [-1.0, 0.0], [0.0, 0.0]], dtype=dtype)
    torch.testing.assert_close(found, expected)


def test_no_gradient_flows_and_the_input_stays():
    z = torch.full((2, 3), 2.0, requires_grad=True)
    assert not unit_embeddings(z).requires_grad
    assert (z == 2).all()


@pytest.mark.parametrize("N", [1, 5, 12])
def test_blocks_make_the_whole_matrix(N, monkeypatch):
    monkeypatch.setattr(unit, "ROWS", 5)
    u = unit_embeddings(np.random.default_rng(0).normal(size=(N, 3)))
    blocks = list(cosine_blocks(u))
    assert torch.cat([rows for rows, _ in blocks]).tolist() == list(range(N))
    whole = torch.cat([cosines for _, cosines in blocks])
    for i in range(N):
        for j in range(N):
            cosine = torch.nn.functional.cosine_similarity(u[i], u[j], dim=0)
            assert whole[i, j] == pytest.approx(float(cosine), abs=1e-6)


def test_codes_follow_the_sorted_names():
    for names in (["b", "a", "b"], np.array(["b", "a", "b"])):
        distinct, codes = class_codes(names, 3)
        assert distinct.tolist() == ["a", "b"] and codes.tolist() == [1, 0, 1]
    assert class_codes(torch.tensor([7, 7, 3]), 3)[1].tolist() == [1, 1, 0]


def test_mistakes():
    with pytest.raises(ValueError, match=r"must be \[N, D\], got \[3\]"):
        unit_embeddings([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="3 embeddings but 2 speakers"):
        class_codes("ab", 3, "speakers")
    with pytest.raises(ValueError, match="two classes, got a"):
        labelled_unit_embeddings(np.eye(2), "aa")
