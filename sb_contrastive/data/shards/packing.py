"""Packs the audio of a manifest into shards, in the layout of WebDataset."""

import io
import json
import os
import tarfile
from collections import defaultdict
from pathlib import Path

from sb_contrastive.data.manifests.manifest import write_manifest
from sb_contrastive.data.manifests.source import SOURCE
from sb_contrastive.data.randomness import shuffled
from sb_contrastive.data.shards.address import Address, parse_address
from sb_contrastive.data.shards.places import readable, state_of
from sb_contrastive.progress import bar

MANIFEST = "manifest.csv"
SHARD_BYTES = 10**9


def pack(rows, folder, names=None, shard_bytes=SHARD_BYTES):
    """Copy audio files into tar archives, and write a manifest of what is in them.

    The bytes of a file stay as they are, so training hears the same samples
    from shards as from files. Files come in an order drawn by their names, as
    readers need who go through a shard from its beginning to its end. Beside
    `ann/1.flac` stands `ann/1.json` with the rows of that file, as the
    WebDataset library expects.

    Arguments
    ---------
    rows : list of dict
        Manifest rows. Several may be parts of one file, which is packed once.
    folder : pathlib.Path
        Where to write `audio-000000.tar`, `audio-000001.tar`, ... and
        `manifest.csv`, whose paths begin beside it.
    names : dict of str to str, optional
        Path of a file -> its name in a shard; by default, the path from the
        folder that holds all of them.
    shard_bytes : int
        A shard that has reached this size is closed.

    Returns
    -------
    int
        Shards that were written.

    Example
    -------
    >>> folder = getfixture("tmp_path")
    >>> _ = (folder / "a.wav").write_bytes(b"RIFF")
    >>> row = {"ID": "a", "wav": str(folder / "a.wav"), "duration": 1.0, "start": 0, "stop": 16000}
    >>> pack([row], folder / "packed")
    1
    >>> print((folder / "packed" / "manifest.csv").read_text().split()[-1])
    a,1.0,audio-000000.tar/512/a.wav,0,16000
    """
    rows_of = defaultdict(list)
    for row in rows:
        rows_of[row["wav"]].append(row)
    paths = _by_key(rows_of, names or short_names(rows_of))
    folder.mkdir(parents=True, exist_ok=True)
    addresses, shard, count = {}, None, 0
    for name in bar(shuffled(paths), "packing", total=len(paths)):
        path = paths[name]
        if shard is None or shard.offset >= shard_bytes:
            if shard is not None:
                shard.close()
            shard = _new_shard(folder / f"audio-{count:06}.tar")
            count += 1
        offset = _add_file(shard, path, name)
        _add_rows(shard, name, rows_of[path])
        addresses[path] = str(Address(Path(shard.name).name, offset, name))
    shard.close()
    packed = [{**row, "wav": addresses[row["wav"]]} for row in rows]
    write_manifest(packed, folder / MANIFEST)
    return count


def short_names(paths, folders=()):
    """Name files by their way from a folder.

    Arguments
    ---------
    paths : iterable of str
        Absolute paths, or addresses in shards.
    folders : sequence of str
        Folders to begin at. Other files begin at the folder that holds all of
        them.

    Returns
    -------
    dict of str to str

    Example
    -------
    >>> short_names(["/corpus/ann/1.wav", "/corpus/bob/1.wav"])
    {'/corpus/ann/1.wav': 'ann/1.wav', '/corpus/bob/1.wav': 'bob/1.wav'}
    >>> short_names(["/corpus/ann/1.wav"], ["/corpus"])
    {'/corpus/ann/1.wav': 'ann/1.wav'}
    """
    found, others = {}, []
    for path in paths:
        above = [f for f in folders if path.startswith(f"{f}/")]
        address = parse_address(path)
        if address is not None:
            found[path] = address.name
        elif above:
            found[path] = path[len(max(above, key=len)) + 1 :]
        else:
            others.append(path)
    if others:
        shared = os.path.commonpath([os.path.dirname(p) for p in others])
        for path in others:
            found[path] = Path(os.path.relpath(path, shared)).as_posix()
    return found


def _by_key(paths, names):
    """Return {name: path}, by names that WebDataset tells apart: it takes what
    stands before the first dot for the name of a sample."""
    taken, found = set(), {}
    for path in sorted(paths, key=names.__getitem__):
        folder, name = os.path.split(names[path])
        stem, suffix = os.path.splitext(name)
        key = stem = os.path.join(folder, stem.replace(".", "_"))
        number = 1
        while key in taken:
            number += 1
            key = f"{stem}_{number}"
        taken.add(key)
        found[key + suffix] = path
    return found


def _new_shard(path):
    return tarfile.open(path, "w", format=tarfile.PAX_FORMAT, encoding="utf-8")


def _add_file(shard, path, name):
    """Add a file, and return the byte at which its content begins."""
    info = _member(name, state_of(path).size)
    source = readable(path)
    with open(path, "rb") if source == path else source as file:
        shard.addfile(info, file)
    padded = -(-info.size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
    return shard.offset - padded


def _add_rows(shard, name, rows):
    cells = [
        {k: v for k, v in row.items() if k not in ("wav", SOURCE)}
        for row in rows
    ]
    text = json.dumps({"utterances": cells}, ensure_ascii=False).encode()
    info = _member(os.path.splitext(name)[0] + ".json", len(text))
    shard.addfile(info, io.BytesIO(text))


def _member(name, size):
    """Describe a file without its time and owner: equal corpora are equal shards."""
    info = tarfile.TarInfo(name)
    info.size = size
    return info
