"""The first lines of a run recommend half precision where it is worth something."""

import pytest

from sb_contrastive.experiment.provenance import account


class Experiment:
    hparams = {"experiment": "dino_sv"}
    seed, folder = 3, "results"

    def __init__(self, **options):
        self.run_opts = options


def recommended(experiment):
    return any("--precision bf16" in x for x in account.opening(experiment, []))


@pytest.mark.parametrize(
    "native, options, expected",
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"precision": "fp32"}, False),
        (True, {"precision": "bf16"}, False),
    ],
)
def test_bfloat16_is_recommended_unless_a_precision_is_given(
    monkeypatch, native, options, expected
):
    monkeypatch.setattr(account, "computes_bfloat16", lambda device: native)
    assert recommended(Experiment(**options)) is expected
