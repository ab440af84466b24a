"""A device that is not there is refused in a sentence, before anything is loaded."""

import pytest
import torch

from sb_contrastive.device import checked_device, computes_bfloat16


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
