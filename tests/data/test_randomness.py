"""Keyed generators: a function of the keys, and of nothing else."""

import numpy as np
import pytest
from scipy import stats

from sb_contrastive.data.randomness import keyed_generator, shuffled


def test_same_keys_give_the_same_stream():
    a, b = (keyed_generator(1986, 3, "utt7", 0, "crop") for _ in range(2))
    assert np.array_equal(a.random(100), b.random(100))


def test_the_stream_is_the_same_in_every_process():
    # Python's own hash of a string changes from one process to the next
    drawn = keyed_generator(1986, 3, "utt7", 0, "crop").integers(2**32)
    assert drawn == 3009862250


def test_global_state_has_no_part_in_it():
    np.random.seed(1)
    a = keyed_generator(1, "x").random()
    np.random.seed(2)
    keyed_generator(5).random(10)
    assert keyed_generator(1, "x").random() == a


@pytest.mark.parametrize(
    "other",
    [
        (1987, 3, "utt7", 0, "crop"),
        (1986, 4, "utt7", 0, "crop"),
        (1986, 3, "utt8", 0, "crop"),
        (1986, 3, "utt7", 1, "crop"),
        (1986, 3, "utt7", 0, "augment"),
        (3, 1986, "utt7", 0, "crop"),
        (1986, 3, "utt70", "crop"),
    ],
)
def test_each_key_counts_and_so_does_their_order(other):
    mine = keyed_generator(1986, 3, "utt7", 0, "crop").random()
    assert keyed_generator(*other).random() != mine


@pytest.mark.parametrize("kind", [np.int64, np.int32])
def test_integers_of_numpy_are_the_same_keys(kind):
    # An epoch or a view that comes out of an array is still that number
    mine = keyed_generator(1986, 3, "utt7").random()
    assert keyed_generator(1986, kind(3), "utt7").random() == mine


def test_first_draws_of_neighbouring_keys_are_uniform_and_unrelated():
    draws = np.array(
        [
            [keyed_generator(1, e, i).random() for i in range(40)]
            for e in range(40)
        ]
    )
    assert stats.kstest(draws.ravel(), "uniform").pvalue > 0.001
    for a, b in [(draws[:-1], draws[1:]), (draws[:, :-1], draws[:, 1:])]:
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 0.1
    assert len(np.unique(draws)) == draws.size


NAMES = ["ann", "bob", "cy", "dee", "eve"]


@pytest.mark.parametrize(
    "keys, order",
    [
        ((), ["dee", "ann", "eve", "cy", "bob"]),
        ((7,), ["bob", "dee", "eve", "cy", "ann"]),
        ((1986, "sad"), ["cy", "ann", "bob", "eve", "dee"]),
    ],
)
def test_orders_are_those_that_published_splits_were_drawn_with(keys, order):
    assert shuffled(NAMES, *keys) == order
    assert shuffled(set(NAMES[::-1]), *keys) == order
    # Who is added moves nobody else
    more = shuffled([*NAMES, "flo"], *keys)
    assert [name for name in more if name != "flo"] == order
