"""Checkpoints cut off, truncated, flipped, and refused by the disk."""

import errno
import os
import resource
import shutil

import pytest
import torch
from speechbrain.utils.checkpoints import Checkpointer

from sb_contrastive.files import DiskError
from sb_contrastive.training.checkpoints import (
    AtomicCheckpointer,
    damage,
    set_aside_damaged,
)


@pytest.fixture
def saved(tmp_path):
    """A folder with two checkpoints: weights of 1, then of 2."""
    layer = torch.nn.Linear(300, 300)
    checkpointer = AtomicCheckpointer(tmp_path, {"layer": layer})
    for value in (1.0, 2.0):
        torch.nn.init.constant_(layer.weight, value)
        checkpointer.save_checkpoint(name=f"{value:.0f}", meta={"UA": value})
    torch.nn.init.zeros_(layer.weight)
    return checkpointer, layer


def recovered(checkpointer, layer, **key):
    set_aside_damaged(checkpointer.checkpoints_dir)
    checkpointer.recover_if_possible(**key)
    return layer.weight[0, 0].item()


def test_the_newest_is_loaded_and_nothing_is_left_beside(saved, tmp_path):
    assert recovered(*saved) == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["CKPT+1", "CKPT+2"]
    assert damage(tmp_path / "CKPT+1") is damage(tmp_path / "CKPT+2") is None


def test_the_newest_is_the_last_saved_whatever_the_clock_says(
    tmp_path, monkeypatch
):
    layer = torch.nn.Linear(1, 1)
    checkpointer = AtomicCheckpointer(tmp_path, {"layer": layer})
    for value, hours in ((1.0, 3), (2.0, 1), (3.0, 1), (4.0, 0)):
        now = 1e9 + 3600 * hours
        monkeypatch.setattr("time.time", lambda now=now: now)
        torch.nn.init.constant_(layer.weight, value)
        checkpointer.save_and_keep_only(meta={"UA": -value}, max_keys=["UA"])
    assert recovered(checkpointer, layer) == 4
    kept = [c.meta["UA"] for c in checkpointer.list_checkpoints()]
    assert sorted(kept) == [-4, -1]  # the newest and the best


def test_each_checkpoint_looks_through_the_folder_as_often(
    tmp_path, monkeypatch
):
    checkpointer = AtomicCheckpointer(tmp_path, {})
    looks, list_checkpoints = [0], checkpointer.list_checkpoints

    def counted():
        looks[-1] += 1
        return list_checkpoints()

    monkeypatch.setattr(checkpointer, "list_checkpoints", counted)
    for _ in range(5):
        checkpointer.save_and_keep_only(end_of_epoch=False)
        looks.append(0)
    assert looks[0] > 0 and len(set(looks[:-1])) == 1
    assert len(list_checkpoints()) == 1


def test_all_is_on_the_disk_before_a_checkpoint_is_in_its_place(
    tmp_path, monkeypatch
):
    synced = set()

    def sync(handle):
        synced.add(os.fstat(handle).st_ino)
        missing.append(not (tmp_path / "CKPT+1").exists())

    missing = []
    monkeypatch.setattr(os, "fsync", sync)
    layer = torch.nn.Linear(1, 1)
    checkpointer = AtomicCheckpointer(tmp_path, {"layer": layer})
    checkpointer.save_checkpoint(name="1")
    files = [*(tmp_path / "CKPT+1").iterdir()]
    assert {file.stat().st_ino for file in files} <= synced
    assert all(missing[: len(files)])


def _half(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    "name, harm, words",
    [
        ("layer.ckpt", _half, "layer.ckpt has changed"),
        ("layer.ckpt", _flip, "layer.ckpt has changed"),
        ("layer.ckpt", lambda p: p.unlink(), "layer.ckpt is missing"),
        ("CKPT.yaml", lambda p: p.write_text(""), "CKPT.yaml is missing or"),
        ("CKPT.yaml", lambda p: p.unlink(), "CKPT.yaml is missing or"),
        ("sums.json", _half, "sums.json is cut off"),
    ],
)
@pytest.mark.parametrize("key", [{}, {"max_key": "UA"}])
def test_a_damaged_one_is_passed_over_with_a_warning(
    saved, tmp_path, caplog, name, harm, words, key
):
    harm(tmp_path / "CKPT+2" / name)
    assert recovered(*saved, **key) == 1
    assert words in caplog.text and "CKPT+2" in caplog.text
    assert (tmp_path / "damaged-CKPT+2").is_dir()
    assert not (tmp_path / "CKPT+2").exists()


def test_one_that_was_cut_off_is_deleted_with_a_warning(
    saved, tmp_path, caplog
):
    shutil.copytree(tmp_path / "CKPT+1", tmp_path / "unfinished-CKPT+3")
    assert recovered(*saved) == 2
    assert "unfinished-CKPT+3 was cut off" in caplog.text
    assert not (tmp_path / "unfinished-CKPT+3").exists()


def test_a_checkpoint_of_speechbrain_is_read_and_the_other_way_round(tmp_path):
    first, second = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
    theirs = Checkpointer(tmp_path / "theirs", {"layer": first})
    theirs.save_checkpoint()
    ours = AtomicCheckpointer(tmp_path / "theirs", {"layer": second})
    set_aside_damaged(tmp_path / "theirs")
    assert ours.recover_if_possible() is not None
    assert torch.equal(first.weight, second.weight)
    ours = AtomicCheckpointer(tmp_path / "ours", {"layer": first})
    ours.save_and_keep_only()
    theirs = Checkpointer(tmp_path / "ours", {"layer": second})
    assert theirs.recover_if_possible() is not None


@pytest.mark.parametrize("name", ["CKPT.yaml", "layer.ckpt", "sums.json"])
def test_a_full_disk_names_the_path_and_keeps_the_last_checkpoint(
    saved, tmp_path, monkeypatch, name
):
    checkpointer, layer = saved

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    if name == "CKPT.yaml":
        monkeypatch.setattr(checkpointer, "_save_checkpoint_metafile", full)
    elif name == "layer.ckpt":
        monkeypatch.setattr(torch, "save", full)
    else:
        monkeypatch.setattr("sb_contrastive.training.checkpoints._finish", full)
    with pytest.raises(DiskError, match=f"cannot write {tmp_path}.*No space"):
        checkpointer.save_and_keep_only()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["CKPT+1", "CKPT+2"]
    assert recovered(checkpointer, layer) == 2


def test_a_disk_that_takes_no_more_in_the_middle_of_a_file(
    saved, tmp_path, forked
):
    checkpointer, layer = saved  # of 360 kB

    def save():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        with pytest.raises(DiskError, match=f"cannot write {tmp_path}"):
            checkpointer.save_and_keep_only()

    assert forked(save) == [0]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["CKPT+1", "CKPT+2"]
    assert recovered(checkpointer, layer) == 2
