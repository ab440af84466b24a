"""Fixtures that several tests share."""

import faulthandler
import functools
import gc
import os
import signal
import sys
import traceback
from pathlib import Path

import hypothesis
import pytest
import ruamel.yaml
import torch
from hyperpyyaml import load_hyperpyyaml
from speechbrain.utils.importutils import LazyModule

pytest_plugins = [
    "tests.support.fuzz_seeds",
    "tests.support.rendering",
    "tests.support.small_corpus",
    "tests.support.tiny_corpora",
    "tests.support.comparison",
    "tests.support.training_runs",
    "tests.support.killed_runs",
    "tests.support.pretrained_models",
    "tests.support.two_processes",
]

# Hypothesis asks every loaded module for its file. SpeechBrain's lazy ones
# answer by importing optional packages (k2), which need not be installed.
LazyModule.__file__ = None

# HyperPyYAML tells ruamel.yaml its rule of tuples with each text that it reads,
# and each reading goes through all that was told: thousands, in as many tests.
load_hyperpyyaml("{}")
ruamel.yaml.Loader.add_implicit_resolver = lambda *args, **kwargs: None

# Of two processes that share the cores each has one
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["OMP_NUM_THREADS"] = "1"
    torch.set_num_threads(1)

# Hundreds of checkpoints would wait for the disk. A killed process loses nothing
# that the kernel has; only a power failure does, and no test causes one.
os.fsync = lambda handle: None

# The same examples in every run: a test that passed passes again
hypothesis.settings.register_profile("repeatable", derandomize=True)
hypothesis.settings.load_profile("repeatable")


def pytest_collection_finish():
    """Keep the libraries out of each search for garbage, of which a Brain's
    training has several."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def corpora():
    """Folder of real speech, beside the repository; tests skip without it."""
    beside = Path(__file__).parents[2] / "shared" / "corpora"
    folder = Path(os.environ.get("SB_CONTRASTIVE_CORPORA", beside))
    if not folder.is_dir():
        pytest.skip(
            f"there is no real speech in {folder}; SB_CONTRASTIVE_CORPORA"
            " can name another folder"
        )
    return folder


@pytest.fixture
def forked():
    """Runs functions at the same time, each in a child of this process, and
    returns how each child ended: 0, its exit code, or a signal's number below
    0. A child may die or join a process group without harm to the tests, and
    starts in a hundredth of a second."""
    if not hasattr(os, "fork") or torch.cuda.is_available():
        pytest.skip("children of a process need fork, and no GPU in use")

    def run(*functions, seconds=240):
        children = [_child(function, seconds) for function in functions]
        ends = [os.waitpid(child, 0)[1] for child in children]
        return [os.waitstatus_to_exitcode(end) for end in ends]

    return run


def _child(function, seconds):
    process = os.fork()
    if process:
        return process
    code = 70
    try:
        signal.alarm(seconds)  # a hang ends as an error, and tells where
        faulthandler.dump_traceback_later(0.9 * seconds, file=sys.__stderr__)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        torch.set_num_threads(1)
        function()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
        if code == 1:
            print(end.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # no clean-up: pytest's is its own


@pytest.fixture
def one_thread():
    """As in the children of a test, whose sums must have the same order."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def two_ranks(forked, tmp_path_factory):
    """Run a function of the rank in two processes that train together, and
    return its two results, rank after rank.

    The results travel through files: they are tensors, numbers and strings,
    and lists and dictionaries of these.
    """

    def run(function):
        folder = tmp_path_factory.mktemp("ranks")

        def one(rank):
            os.environ.update(RANK=str(rank), LOCAL_RANK=str(rank))
            torch.distributed.init_process_group(
                "gloo",
                init_method=f"file://{folder}/rendezvous",
                rank=rank,
                world_size=2,
            )
            torch.save(function(rank), folder / f"rank{rank}.pt")
            torch.distributed.destroy_process_group()

        ranks = [functools.partial(one, rank) for rank in range(2)]
        assert forked(*ranks) == [0, 0]
        return [torch.load(folder / f"rank{rank}.pt") for rank in range(2)]

    return run


TINY_ENCODER = """
!new:sb_contrastive.encoders.UtteranceEncoder
embedding_dim: 8
compute_features: !new:speechbrain.lobes.features.Fbank
    n_mels: 16
    hop_length: 20
mean_var_norm: !new:speechbrain.processing.features.InputNormalization
    norm_type: sentence
    std_norm: False
backbone: !new:speechbrain.lobes.models.Xvector.Xvector
    in_channels: 16
    lin_neurons: !ref <embedding_dim>
    tdnn_channels: [8, 8, 8, 8, 16]
affine: [blocks.16]
frame_layer: blocks.14
frame_axis: 1
"""


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory):
    """Path of an encoder so small that an experiment takes seconds."""
    path = tmp_path_factory.mktemp("encoder") / "tiny.yaml"
    path.write_text(TINY_ENCODER, encoding="utf-8")
    return path
