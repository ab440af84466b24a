"""The mean over checkpoints against a sum by hand, and what stays on the disk."""

import pytest
import torch
from speechbrain.utils.checkpoints import Checkpointer

from sb_contrastive.training.averaging import average_last, end_of_epoch_first
from sb_contrastive.training.checkpoints import AtomicCheckpointer


def network(seed):
    torch.manual_seed(seed)
    module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    for _ in range(seed):
        module(torch.randn(4, 3))
    return module


@pytest.mark.parametrize("kind", [Checkpointer, AtomicCheckpointer])
@pytest.mark.parametrize("count, taken", [(2, [5, 7]), (9, [2, 5, 7])])
def test_the_last_checkpoints_of_epochs_are_averaged(
    tmp_path, kind, count, taken
):
    module = network(0)
    checkpointer = kind(tmp_path, {"encoder": module})
    for seed, end in ((2, True), (5, True), (6, False), (7, True)):
        module.load_state_dict(network(seed).state_dict())
        checkpointer.save_checkpoint(end_of_epoch=end)
    average_last(checkpointer, "encoder", module, count)
    states = [network(seed).state_dict() for seed in taken]
    for name, value in module.state_dict().items():
        mean = sum(state[name].double() for state in states) / len(states)
        torch.testing.assert_close(value, mean.to(value.dtype))
    assert module[1].num_batches_tracked.dtype == torch.long


def test_checkpoints_within_an_epoch_are_the_first_to_go(tmp_path):
    checkpointer = AtomicCheckpointer(tmp_path, {})
    for meta, end in ((1, True), (2, True), (3, False), (4, True)):
        checkpointer.save_and_keep_only(
            meta={"number": meta},
            end_of_epoch=end,
            num_to_keep=2,
            keep_recent=False,
            importance_keys=[end_of_epoch_first],
        )
    kept = {c.meta["number"] for c in checkpointer.list_checkpoints()}
    assert kept == {2, 4}
