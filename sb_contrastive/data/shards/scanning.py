"""Makes manifest rows of the audio in shards that come without a manifest."""

import json
import os
import tarfile
from pathlib import Path

from sb_contrastive.data.audio.formats import is_readable
from sb_contrastive.data.columns.joining import in_columns
from sb_contrastive.data.manifests.source import SOURCE
from sb_contrastive.data.manifests.spans import fill_spans
from sb_contrastive.data.manifests.utterance_ids import (
    names_of,
    refuse_bad_ids,
)
from sb_contrastive.data.shards.address import Address
from sb_contrastive.progress import bar

COLUMNS = ("spk_id", "label", "session", "fold")


def shards_of(source):
    """List the shards that a source names.

    Arguments
    ---------
    source : str or pathlib.Path
        A shard, or a folder of shards.

    Returns
    -------
    list of pathlib.Path
        Empty where it is neither, as a folder is that holds audio or other
        folders, too: corpora keep the archives that they came in.

    Example
    -------
    >>> (getfixture("tmp_path") / "audio-0.tar").touch()
    >>> [path.name for path in shards_of(getfixture("tmp_path"))]
    ['audio-0.tar']
    """
    path = Path(source).expanduser().absolute()
    if path.suffix == ".tar" and path.is_file():
        return [path]
    if not path.is_dir():
        return []
    there = [entry for entry in path.iterdir() if entry.name[0] != "."]
    if any(entry.is_dir() or is_readable(entry.name) for entry in there):
        return []
    return sorted(entry for entry in there if entry.suffix == ".tar")


def scan_shards(shards):
    """Make rows of all audio in shards.

    The first folder on the way to a file is its speaker, as in `scan_folder`,
    unless the JSON beside it says `spk_id` or `speaker`. Of that JSON also
    `label`, `session` and `fold` are taken. Where it lists `utterances`, as
    `pack` writes them, these are the rows.

    Arguments
    ---------
    shards : list of pathlib.Path
        Tar archives in the layout of WebDataset.

    Returns
    -------
    Rows
        Manifest rows, in the order of the names.

    Raises
    ------
    ValueError
        When one is no tar archive, or none holds audio.

    Example
    -------
    >>> from sb_contrastive.data.shards.packing import pack
    >>> folder = getfixture("tmp_path")
    >>> _ = (folder / "a.wav").write_bytes(b"RIFF")
    >>> row = {"ID": "hi", "wav": str(folder / "a.wav"), "duration": 1.0, "start": 0, "stop": 16000}
    >>> _ = pack([row], folder / "packed")
    >>> [row["ID"] for row in scan_shards(shards_of(folder / "packed"))]
    ['hi']
    """
    found = []
    for shard in bar(shards, "reading shards", unit="shard"):
        found += _files(shard)
    if not found:
        raise ValueError(
            f"{shards[0].parent} holds shards without any audio that "
            f"libsndfile reads: pack audio into them with sb-contrastive pack"
        )
    found.sort(key=lambda pair: pair[0].name)
    ids = names_of([Path(address.name).parts for address, _ in found])
    rows = []
    for (address, beside), name in zip(found, ids):
        rows += _rows(address, beside, name)
    refuse_bad_ids(rows)
    fill_spans(rows)
    return in_columns(rows)


def _files(shard):
    """List the audio of a shard: its address, and the text of the JSON beside it."""
    audio, texts = [], {}
    try:
        with tarfile.open(shard, "r:") as archive:
            for member in archive:
                if not member.isfile():
                    continue
                stem, suffix = os.path.splitext(member.name)
                if suffix == ".json":
                    texts[stem] = archive.extractfile(member).read()
                elif is_readable(member.name):
                    offset = member.offset_data
                    audio.append(Address(str(shard), offset, member.name))
    except tarfile.TarError as error:
        raise ValueError(
            f"{shard} is no tar archive that can be read ({error}): pack the "
            f"corpus again"
        ) from error
    return [(a, texts.get(os.path.splitext(a.name)[0])) for a in audio]


def _rows(address, beside, name):
    """Return the rows of one file."""
    try:
        known = json.loads(beside) if beside else {}
    except ValueError as error:
        raise ValueError(
            f"{address.shard} has beside {address.name} what is no JSON "
            f"({error}): mend it, or leave it out"
        ) from error
    known = known if isinstance(known, dict) else {}
    place = {"wav": str(address), SOURCE: str(address)}
    if isinstance(known.get("utterances"), list):
        return [{**cells, **place} for cells in known["utterances"]]
    row = {"ID": name, **place}
    known.setdefault("spk_id", known.get("speaker"))
    parts = Path(address.name).parts
    if known["spk_id"] is None and len(parts) > 1:
        known["spk_id"] = parts[0]
    for column in COLUMNS:
        if known.get(column) not in (None, ""):
            row[column] = str(known[column])
    return [row]
