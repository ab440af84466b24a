"""Checkpoints that are whole or not there: written aside, then moved into place in one step."""

import json
import os
import shutil
import time as clock
import zlib

import yaml
from speechbrain.utils.checkpoints import (
    METAFNAME,
    Checkpoint,
    Checkpointer,
)
from speechbrain.utils.distributed import (
    ddp_barrier,
    if_main_process,
    run_on_main,
)
from speechbrain.utils.logger import get_logger

from sb_contrastive.files import disk_errors_name

logger = get_logger(__name__)

UNFINISHED, DAMAGED = "unfinished-", "damaged-"
TICK = 1e-3  # seconds between checkpoints, at least
SUMS = "sums.json"  # CRC-32 of each file of a checkpoint


class AtomicCheckpointer(Checkpointer):
    """SpeechBrain's Checkpointer, which writes a checkpoint file by file, made
    safe against the end of the machine: the folder gets its name when all of
    it is on the disk, and carries checksums.

    Arguments and use are those of `speechbrain.utils.checkpoints.Checkpointer`;
    it can read what this one writes.

    Example
    -------
    >>> import torch
    >>> folder = getfixture("tmp_path")
    >>> layer = torch.nn.Linear(1, 1)
    >>> checkpointer = AtomicCheckpointer(folder, {"layer": layer})
    >>> checkpoint = checkpointer.save_checkpoint()
    >>> sorted(p.name for p in checkpoint.path.iterdir())
    ['CKPT.yaml', 'layer.ckpt', 'sums.json']
    """

    def save_checkpoint(self, *args, **kwargs):
        """Saves a checkpoint, see `Checkpointer.save_checkpoint`.

        Raises
        ------
        DiskError
            When the disk does not take it; what was written of it is deleted,
            earlier checkpoints stay.
        """
        try:
            with disk_errors_name(self.checkpoints_dir):
                saved = super().save_checkpoint(*args, **kwargs)
                saved = _finish(saved) if if_main_process() else saved
        except BaseException:
            if if_main_process():
                _delete_unfinished(self.checkpoints_dir)
            raise
        ddp_barrier()  # no process sees the folder without it
        return saved

    def save_and_keep_only(self, *args, importance_keys=(), **kwargs):
        """Saves a checkpoint and deletes others, see
        `Checkpointer.save_and_keep_only`. That adds a key to the list that it
        is given or, where it is given none, to one that all calls share: then
        the thousandth checkpoint within an epoch would look through the folder
        two thousand times."""
        keys = list(importance_keys)
        super().save_and_keep_only(*args, importance_keys=keys, **kwargs)

    def delete_checkpoints(self, **kwargs):
        """Deletes the least important checkpoints, see
        `Checkpointer.delete_checkpoints`. The main process alone looks which:
        where ranks see different files, they would wait for different numbers
        of deletions."""
        run_on_main(super().delete_checkpoints, kwargs=kwargs)

    def _save_checkpoint_metafile(self, path, meta, end_of_epoch=True):
        """Orders checkpoints as they are saved: the clock may have been put
        back since the one before, and the newest is what a run resumes from."""
        known = [c.meta["unixtime"] for c in self.list_checkpoints()]
        time = max(clock.time(), *(old + TICK for old in known), 0)
        meta = {"unixtime": time, **meta}
        return super()._save_checkpoint_metafile(path, meta, end_of_epoch)

    def _new_checkpoint_dirpath(self):
        return _aside(super()._new_checkpoint_dirpath())

    def _custom_checkpoint_dirpath(self, name):
        return _aside(super()._custom_checkpoint_dirpath(name))


def set_aside_damaged(folder):
    """Takes from a folder of checkpoints what cannot be loaded, with a warning
    for each: what was cut off while being written is deleted, what has changed
    since is renamed. To be called by the main process, before a run resumes.

    Arguments
    ---------
    folder : pathlib.Path
        Folder of a Checkpointer, of ours or of SpeechBrain's.

    Example
    -------
    >>> folder = getfixture("tmp_path")
    >>> checkpoint = AtomicCheckpointer(folder, {}).save_checkpoint()
    >>> _ = (checkpoint.path / "sums.json").write_text('{"a.ckpt": 1}')
    >>> set_aside_damaged(folder)
    >>> [path.name.split("+")[0] for path in folder.iterdir()]
    ['damaged-CKPT']
    """
    for path in _delete_unfinished(folder):
        logger.warning(
            f"Checkpoint {path} was cut off while being written; continuing "
            f"from the one before"
        )
    for path in sorted(folder.glob("CKPT*")):
        reason = damage(path)
        if reason is not None:
            for older in folder.glob(f"{DAMAGED}*"):  # one may be looked at
                shutil.rmtree(older, ignore_errors=True)
            aside = path.with_name(DAMAGED + path.name)
            path.rename(aside)
            logger.warning(
                f"Checkpoint {path} is damaged: {reason}; continuing from the "
                f"one before, this one is now {aside.name}"
            )


def damage(path):
    """Find the fault of a checkpoint.

    Arguments
    ---------
    path : pathlib.Path
        Its folder.

    Returns
    -------
    str or None
        None where nothing is. Of a checkpoint without checksums, which
        SpeechBrain's Checkpointer has written, only the meta file is looked at.

    Example
    -------
    >>> damage(getfixture("tmp_path"))
    'CKPT.yaml is missing or empty'
    """
    try:
        meta = yaml.safe_load((path / METAFNAME).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        meta = None
    if not isinstance(meta, dict) or "end-of-epoch" not in meta:
        return f"{METAFNAME} is missing or empty"
    if not (path / SUMS).is_file():
        return None
    try:
        sums = json.loads((path / SUMS).read_text(encoding="utf-8"))
    except ValueError:
        return f"{SUMS} is cut off"
    for name, expected in sums.items():
        if not (path / name).is_file():
            return f"{name} is missing"
        if _checksum(path / name) != expected:
            return f"{name} has changed since it was written"
    return None


def _aside(path):
    return path.with_name(UNFINISHED + path.name)


def _finish(saved):
    """Puts a checkpoint in its place, once the disk has it."""
    sums = {path.name: _checksum(path) for path in saved.path.iterdir()}
    (saved.path / SUMS).write_text(json.dumps(sums), encoding="utf-8")
    for path in (*saved.path.iterdir(), saved.path):
        _sync(path)
    place = saved.path.with_name(saved.path.name.removeprefix(UNFINISHED))
    if place.exists():  # a name given twice
        shutil.rmtree(place)
    saved.path.rename(place)
    _sync(place.parent)
    files = {n: place / path.name for n, path in saved.paramfiles.items()}
    return Checkpoint(place, saved.meta, files)


def _delete_unfinished(folder):
    found = sorted(folder.glob(f"{UNFINISHED}*"))
    for path in found:
        shutil.rmtree(path, ignore_errors=True)
    return found


def _checksum(path):
    total = 0
    with open(path, "rb") as file:
        while block := file.read(2**20):
            total = zlib.crc32(block, total)
    return total


def _sync(path):
    """Waits until a file or folder is on the disk, not in memory alone."""
    if os.name == "nt" and path.is_dir():
        return  # Windows opens no folders
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
