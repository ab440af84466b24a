"""Collective operations, in one process and in two that talk through a file."""

import os
import subprocess
import sys

import torch

from sb_contrastive.distributed import mean_over_ranks, world_size


def test_one_process_is_its_own_mean():
    values = torch.tensor([1.0, -2.0], requires_grad=True)
    assert world_size() == 1
    assert torch.equal(mean_over_ranks(values), values)


def test_mean_of_two_processes(tmp_path):
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ranks = [
        subprocess.Popen(
            [sys.executable, __file__, str(rank), str(tmp_path)], env=env
        )
        for rank in range(2)
    ]
    assert [process.wait(timeout=60) for process in ranks] == [0, 0]
    for rank in range(2):
        result = torch.load(tmp_path / f"rank{rank}.pt")
        assert result["world_size"] == 2
        # 0 and 10 on rank 0, 1 and 30 on rank 1
        assert torch.equal(result["mean"], torch.tensor([0.5, 20.0]))
        assert torch.equal(
            result["given"], torch.tensor([[0.0, 10.0], [1.0, 30.0]][rank])
        )
        assert not result["mean"].requires_grad


def one_of_two_processes(rank, folder):
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2
    )
    given = torch.tensor([[0.0, 10.0], [1.0, 30.0]][rank], requires_grad=True)
    mean = mean_over_ranks(given)
    torch.save(
        {"mean": mean, "given": given.detach(), "world_size": world_size()},
        f"{folder}/rank{rank}.pt",
    )
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    one_of_two_processes(int(sys.argv[1]), sys.argv[2])
