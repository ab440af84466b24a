"""A device that is not there is refused in a sentence, before anything is loaded."""

import pytest
import torch

from sb_contrastive.device import checked_device


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
