"""Means over an epoch, also of one that is resumed, and of two processes."""

import pytest
import torch

from sb_contrastive.training.steps.epoch_means import EpochMeans


def test_means_are_read_once_and_start_anew():
    means = EpochMeans(["a", "b"])
    for a in (1.0, 2.0, 6.0):
        means.add({"b": torch.tensor(-a), "a": torch.tensor(a)})
    assert means.read() == {"a": 3.0, "b": -3.0}
    means.add({"a": torch.tensor(4.0), "b": torch.tensor(0.0)})
    assert means.read() == {"a": 4.0, "b": 0.0}


def test_a_resumed_epoch_counts_all_of_it():
    first, second = EpochMeans(["a"]), EpochMeans(["a"])
    first.add({"a": torch.tensor(1.0)})
    second.load_state_dict(first.state_dict())
    second.add({"a": torch.tensor(4.0)})
    assert second.read() == {"a": 2.5}


def test_what_is_added_carries_no_graph():
    means = EpochMeans(["a"])
    means.add({"a": torch.ones((), requires_grad=True) * 2})
    assert not means.sums.requires_grad


def test_two_processes_have_the_mean_of_both(two_ranks):
    def run(rank):
        means = EpochMeans(["a"])
        means.add({"a": torch.tensor(float(rank))})
        return means.read()

    for figures in two_ranks(run):
        assert figures["a"] == pytest.approx(0.5)
