"""A device that is not there is refused in a sentence, before anything is loaded."""

from pathlib import Path

import pytest
import torch

from sb_contrastive.device import (
    checked_device,
    computes_bfloat16,
    run_device,
)


@pytest.mark.parametrize(
    "name", ["gpu", "cuda:-1", "cuda:x", "", "meta", "xpu"]
)
def test_what_is_no_device_is_told_what_is(name):
    with pytest.raises(ValueError, match="--device is cpu, or cuda, or cuda:1"):
        checked_device(name)


def test_a_gpu_that_is_not_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert checked_device("cuda") == "cuda:0"  # as SpeechBrain wants it
    assert checked_device("cuda:1") == "cuda:1"
    with pytest.raises(ValueError, match="number 2, and this machine has 2 of"):
        checked_device("cuda:2")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(
        ValueError, match="this machine has none: give --device"
    ):
        checked_device("cuda")
    assert (checked_device("cpu:0"), checked_device(None)) == ("cpu", None)


@pytest.mark.parametrize("run_opts", [None, {}, {"device": None}])
@pytest.mark.parametrize(
    "local_rank, expected", [(None, "cuda"), ("1", "cuda:1")]
)
def test_a_run_is_on_the_gpu_that_is_there(
    monkeypatch, run_opts, local_rank, expected
):
    """As SpeechBrain trains: train.py gives None where nothing is chosen."""
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    if local_rank is not None:
        monkeypatch.setenv("LOCAL_RANK", local_rank)
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    monkeypatch.setattr(
        torch.accelerator, "current_accelerator", lambda: torch.device("cuda")
    )
    assert run_device(run_opts) == expected
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)
    assert run_device(run_opts) == "cpu"


def test_nothing_reads_the_device_of_a_run_by_itself():
    """`run_opts["device"]` is None where nobody has given one."""
    for path in Path("sb_contrastive").rglob("*.py"):
        if path.name not in ("device.py", "numbers.py"):
            assert '.get("device"' not in path.read_text("utf-8"), path


@pytest.mark.parametrize("native", [True, False])
def test_bfloat16_is_told_where_the_processor_has_it(monkeypatch, native):
    monkeypatch.setattr(
        torch.cpu, "_is_avx512_bf16_supported", lambda: native, raising=False
    )
    assert computes_bfloat16("cpu") is native
    assert computes_bfloat16("mps") is False


def test_bfloat16_is_not_told_where_nothing_is_known(monkeypatch):
    monkeypatch.delattr(torch.cpu, "_is_avx512_bf16_supported", raising=False)
    assert computes_bfloat16("cpu") is False
