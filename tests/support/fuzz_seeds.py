"""Repeats the tests with random examples under fresh seeds, on request.

Without a request they try the same examples in every run. `--fuzz-seeds 20`, or
the environment variable SB_CONTRASTIVE_FUZZ_SEEDS=20, adds 20 runs of each with
seeds that were never tried before. The seed stands in the name of the test, so a
failure tells it; `--fuzz-seeds seeds:7,12` repeats the runs of the seeds 7 and 12.
"""

import os
import secrets

import hypothesis
import pytest

VARIABLE = "SB_CONTRASTIVE_FUZZ_SEEDS"


def pytest_addoption(parser):
    parser.addoption(
        "--fuzz-seeds",
        default=os.environ.get(VARIABLE, "0"),
        metavar="N",
        help="also run each test with random examples under N fresh seeds, or"
        " under the seeds of 'seeds:7,12'",
    )


def pytest_configure(config):
    given = config.getoption("--fuzz-seeds")
    if "PYTEST_XDIST_WORKER" in os.environ:
        given = os.environ[VARIABLE]  # as the main process drew them, below
    if not given.startswith("seeds:"):
        fresh = (str(secrets.randbelow(10**9)) for _ in range(int(given)))
        given = f"seeds:{','.join(fresh)}"
    os.environ[VARIABLE] = given
    config.option.fuzz_seeds = given


def pytest_report_header(config):
    return f"fuzz seeds: {', '.join(map(str, _seeds(config))) or 'none fresh'}"


def pytest_generate_tests(metafunc):
    if getattr(metafunc.function, "is_hypothesis_test", False):
        seeds = _seeds(metafunc.config)
        metafunc.fixturenames.append("fuzz_seed")
        metafunc.parametrize(
            "fuzz_seed",
            [None, *seeds],
            indirect=True,
            scope="session",
            ids=["repeatable", *(f"seed-{seed}" for seed in seeds)],
        )


@pytest.fixture(scope="session")
def fuzz_seed(request):
    """The seed of a test with random examples, None for the usual ones."""
    return request.param


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item):
    callspec = getattr(item, "callspec", None)
    if callspec is not None and "fuzz_seed" in callspec.params:
        function = item.obj
        if callspec.params["fuzz_seed"] is None:
            function._hypothesis_internal_use_seed = None
        else:
            hypothesis.seed(callspec.params["fuzz_seed"])(function)


def _seeds(config):
    given = config.getoption("--fuzz-seeds").removeprefix("seeds:")
    return [int(seed) for seed in given.split(",") if seed]
