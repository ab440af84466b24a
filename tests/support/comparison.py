"""Comparison of modules, and of all that two training runs leave."""

import pytest
import torch


@pytest.fixture(scope="session")
def copy_of():
    """Copies the tensors of a module by name, to compare them later."""

    def copy(module):
        return {k: v.clone() for k, v in module.state_dict().items()}

    return copy


@pytest.fixture(scope="session")
def unchanged():
    """Asserts that the tensors of a module are those of a copy, bit for bit."""

    def check(module, copy):
        state = module.state_dict()
        assert state.keys() == copy.keys()
        for name, tensor in state.items():
            assert torch.equal(tensor, copy[name]), name

    return check


def everything(brain):
    """All that a checkpoint of a Brain holds, and its log."""
    held = {
        name: item.state_dict()
        for name, item in brain.checkpointer.recoverables.items()
        if hasattr(item, "state_dict")
    }
    return {**held, "log": brain.log.rows, "steps": brain.optimizer_step}


def assert_same(mine, theirs, **tolerance):
    """Bit for bit, or within a tolerance; names where they differ."""
    if not tolerance:
        tolerance = {"rtol": 0, "atol": 0}
    torch.testing.assert_close(mine, theirs, equal_nan=True, **tolerance)
