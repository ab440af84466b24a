"""Pseudo-labels of embeddings: what is kept, and corpora that are clustered by themselves."""

import csv
import json

import numpy as np
import pytest

from sb_contrastive.evaluation.clustering import agreement
from sb_contrastive.evaluation.clustering.label_table import read_labels
from sb_contrastive.evaluation.clustering.pseudo_labels import (
    find_pseudo_labels,
    leave_pseudo_labels,
)

OPTIONS = {
    "clusters": None,
    "least": 1,
    "most": None,
    "least_sure": 0.0,
    "whitening": 0.0,
    "seed": 3,
    "name": "cluster",
}


def voices(sizes, seed, around=0.0, noise=0.3):
    """Embeddings of speakers with some utterances each, and their names; `around`
    is what all of them share, such as the sound of a corpus."""
    rng = np.random.default_rng(seed)
    common = around * rng.standard_normal(64)
    z = [
        common + rng.standard_normal(64) + noise * rng.standard_normal((n, 64))
        for n in sizes
    ]
    names = [f"{seed}_{k}" for k, n in enumerate(sizes) for _ in range(n)]
    return np.concatenate(z), names


def found(z, names, **more):
    wavs = [str(n) for n in range(len(z))]
    return find_pseudo_labels(z, wavs, speakers=names, **OPTIONS | more)


def test_what_is_kept_is_what_a_loop_keeps():
    z, names = voices([2, 3, 9, 14], seed=1, noise=1.0)
    labels = found(z, names, clusters=5, least=3, most=10, least_sure=0.7)
    groups = labels.groups
    members = [list(groups.labels).count(k) for k in groups.labels]
    assert labels.kept.tolist() == [
        3 <= size <= 10 and not sure < 0.7
        for size, sure in zip(members, groups.sure)
    ]
    assert 0 < labels.kept.sum() < len(z)


def test_files_hold_what_was_found(tmp_path):
    z, names = voices([4, 5, 6], seed=2)
    labels = found(z, names, clusters=3, least=5)
    ids = [f"utt{n}" for n in range(15)]
    leave_pseudo_labels(tmp_path, ids, labels)
    assert list(read_labels(tmp_path / "pseudo_labels.csv")) == ids[4:]
    with open(tmp_path / "pseudo_labels.csv", encoding="utf-8") as file:
        assert [row["ID"] for row in csv.DictReader(file)] == ids
    figures = json.loads((tmp_path / "clusters.json").read_text())
    judged = figures["uses labels, for judging only"]
    assert figures["clusters"] == 3 and judged["speakers"] == 3
    assert judged["NMI"] == pytest.approx(1) and figures["kept"] == 11


def test_two_corpora_are_told_apart_but_not_their_speakers_unless_by_themselves():
    one, first = voices([8] * 6, seed=1, around=2.5, noise=0.9)
    other, second = voices([8] * 7, seed=2, around=2.5, noise=0.9)
    z, names = np.concatenate([one, other]), first + second
    corpora = ["a"] * 48 + ["b"] * 56
    mixed = found(z, names)
    apart = found(z, names, parts=corpora)
    assert mixed.figures["clusters"] == 2
    assert apart.figures["clusters"] == 13
    assert agreement(apart.groups.labels, names)["ARI"] == 1
    assert {k: v["clusters"] for k, v in apart.figures["parts"].items()} == {
        "a": 6,
        "b": 7,
    }


def test_a_corpus_alone_is_what_it_is_beside_another():
    one, first = voices([8] * 6, seed=1)
    other, second = voices([8] * 7, seed=2)
    alone = found(other, second)
    # The utterances of the two corpora take turns
    order = np.argsort(np.r_[np.arange(48) * 2, np.arange(56) * 2 + 1])
    z = np.concatenate([one, other])[order]
    names = np.array(first + second)[order].tolist()
    corpora = np.array(["a"] * 48 + ["b"] * 56)[order].tolist()
    both = found(z, names, parts=corpora).groups
    own = np.array(corpora) == "b"
    assert agreement(both.labels[own], alone.groups.labels)["ARI"] == 1
    np.testing.assert_array_equal(both.sure[own], alone.groups.sure)


def test_where_nothing_tells_speakers_apart_each_utterance_is_one(caplog):
    one, first = voices([8] * 6, seed=1)
    strangers, second = voices([1] * 40, seed=2)
    z, names = np.concatenate([one, strangers]), first + second
    labels = found(z, names, parts=["a"] * 48 + ["b"] * 40)
    assert labels.figures["clusters"] == 46
    assert "of the 40 utterances of b is a cluster of its own" in caplog.text
    assert labels.kept.all()
    kept = found(z, names, parts=["a"] * 48 + ["b"] * 40, least=2).kept
    assert kept[:48].all() and not kept[48:].any()


def test_a_channel_that_many_speakers_have_is_evened_out():
    """Thirty speakers, and one direction in which every recording differs."""
    rng = np.random.default_rng(5)
    z = rng.standard_normal((30, 1, 64)) + 0.5 * rng.standard_normal(
        (30, 20, 64)
    )
    z += 0.7 * rng.standard_normal((30, 20, 1)) * rng.standard_normal(64)
    z, names = (
        z.reshape(600, 64),
        [str(k) for k in range(30) for _ in range(20)],
    )
    raw, even = (found(z, names, clusters=30, whitening=w) for w in (0.0, 0.5))
    assert agreement(raw.groups.labels, names)["ARI"] < 0.6
    assert agreement(even.groups.labels, names)["ARI"] > 0.9
    alone = found(z, names, whitening=0.5).figures["clusters"]
    as_part = found(z, names, parts=["a"] * 600, whitening=0.5).figures
    assert as_part["clusters"] == alone


def test_one_cluster_is_refused():
    z, names = voices([6, 6], seed=2)
    with pytest.raises(ValueError, match="cluster leaves 0 cluster"):
        found(z, names, clusters=2, least=7)
    # Of one corpus alone it is not known how many there are
    with pytest.raises(ValueError, match="cluster cannot tell how many"):
        found(np.random.default_rng(0).standard_normal((40, 64)), [None] * 40)
