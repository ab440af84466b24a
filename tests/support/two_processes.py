"""Training in two processes, compared with one of the joined batch; a command line in two."""

import copy
import functools
import os
import runpy
import socket
import sys

import pytest
import torch

from tests.support.comparison import assert_same, everything

# Figures that jump where two similarities are a rounding error apart
RANKED = {"hit_rate", "speaker_eer", "speaker_knn", "crop_eer"}
RANKED |= {"cluster_stability"}


@pytest.fixture
def doubled_run(tmp_path, two_ranks, one_thread):
    """Trains in one process, and in two of half the batch each: what both hold
    at the end has to be alike, and on both ranks the same."""

    def run(build, batch_size, **options):
        options = {
            "opt_class": functools.partial(
                # Adam would make steps of rounding errors
                torch.optim.SGD,
                momentum=0.9,
            ),
            "run_opts": {
                "noprogressbar": True,
                "distributed_backend": "gloo",
            },
            "epochs": 1,
            **options,
        }

        def train(rank=None):
            torch.manual_seed(0)
            share = 1 if rank is None else 2
            brain, fit = build(
                save=tmp_path / ("one" if rank is None else "two"),
                batch_size=batch_size // share,
                **options,
            )
            fit()
            return everything(brain)

        one = copy.deepcopy(train())
        first, second = two_ranks(train)
        assert one["steps"] > 1
        assert_same(first, second)
        for held in (first, one):
            for row in held["log"]:
                for name in RANKED & row.keys():
                    del row[name]
        assert_same(first, one, rtol=1e-3, atol=1e-5)
        return one

    return run


@pytest.fixture
def two_trains(forked):
    """Runs a command line as torchrun would, in two processes."""

    def run(line):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])

        def one(rank):
            os.environ.update(
                RANK=str(rank),
                LOCAL_RANK=str(rank),
                WORLD_SIZE="2",
                MASTER_ADDR="127.0.0.1",
                MASTER_PORT=port,
            )
            command([*line, "--distributed_backend", "gloo"])

        assert forked(lambda: one(0), lambda: one(1)) == [0, 0]

    return run


def command(line):
    """Runs `train.py` with a command line in this process."""
    sys.argv = ["train.py", *line]
    runpy.run_path("train.py", run_name="__main__")
