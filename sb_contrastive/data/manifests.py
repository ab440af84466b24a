"""Reads, writes and makes manifests: CSV files that list utterances."""

import csv
import difflib
import math
import os
import re
from collections import Counter
from pathlib import Path

from sb_contrastive.data.audio_check import read_headers

COLUMNS = ("ID", "duration", "wav", "start", "stop")
OPTIONAL = ("spk_id", "label", "session", "fold", "sex", "subject", "split")
AUDIO = (".wav", ".flac", ".ogg", ".mp3")


def read_manifest(path, data_root=None, required=()):
    """Reads a manifest, one's own or one a prepare script wrote.

    Only the column `wav` must be there. `speaker` is read as `spk_id`; other
    columns that are not part of a manifest are left out, and so are empty
    cells. What is missing of `duration`, `start` and `stop` is taken from the
    audio header. A file that cannot be read gets the span 0-0 there, for
    `check_audio` to report together with all others.

    Arguments
    ---------
    path : str or Path
        CSV file with a header line, in UTF-8.
    data_root : str or Path, optional
        Replaces `$data_root` at the start of `wav`, and is where relative
        paths begin; by default they begin beside the manifest.
    required : sequence of str
        Columns that must be there and filled in every row, e.g. `["label"]`.

    Returns
    -------
    list of dict
        One row per utterance, in the order of the file: ID, duration (s),
        wav (absolute), start and stop (samples of that file), the optional
        columns present, and source ("file.csv:17").

    Raises
    ------
    FileNotFoundError
        When there is no such manifest.
    ValueError
        When a row is wrong; the message names its line.

    Example
    -------
    >>> path = getfixture("tmp_path") / "mine.csv"
    >>> text = "wav,speaker,duration,start,stop\\n$data_root/a.wav,ann,2,0,32000"
    >>> _ = path.write_text(text)
    >>> row = read_manifest(path, data_root="/corpus")[0]
    >>> row["ID"], row["wav"], row["spk_id"], row["stop"]
    ('a', '/corpus/a.wav', 'ann', 32000)
    """
    path = Path(path)
    rows = _read_cells(path, required)
    for row in rows:
        row["wav"] = _resolve(row, path, data_root)
        _parse_span(row)
    _fill_ids(rows)
    _refuse_bad_ids(rows)
    _fill_spans(rows)
    order = (*COLUMNS, *OPTIONAL, "source")
    return [{k: row[k] for k in order if k in row} for row in rows]


def write_manifest(rows, path):
    """Writes rows as a SpeechBrain CSV, all of it or, if stopped, nothing.

    Arguments
    ---------
    rows : list of dict
        Manifest rows; their `wav` may begin with `$data_root`.
    path : str or Path
        CSV file; folders above it are made.

    Example
    -------
    >>> path = getfixture("tmp_path") / "train.csv"
    >>> row = dict(ID="a", duration=2.0, wav="/a.wav", start=0, stop=32000)
    >>> write_manifest([row], path)
    >>> print(path.read_text().strip())
    ID,duration,wav,start,stop
    a,2.0,/a.wav,0,32000
    """
    path = Path(path)
    if not rows:
        raise ValueError(f"there is no utterance to write to {path}")
    _refuse_bad_ids(rows)
    present = [name for name in OPTIONAL if any(name in row for row in rows)]
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    with open(partial, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(
            file,
            [*COLUMNS, *present],
            restval="",
            extrasaction="ignore",
            lineterminator="\n",
        )
        writer.writeheader()
        writer.writerows(rows)
    os.replace(partial, path)


def scan_folder(folder):
    """Makes rows of all audio below a folder.

    The first folder on the way to a file is its speaker, not counting a
    `wav` at the top: `wav/id10001/x/00001.wav` is by id10001. Hidden files
    are passed over.

    Arguments
    ---------
    folder : str or Path
        Where to look for .wav, .flac, .ogg and .mp3.

    Returns
    -------
    list of dict
        Rows sorted by path; ID is the path with "--" for "/", as in
        SpeechBrain's VoxCeleb recipes.

    Raises
    ------
    FileNotFoundError
        When there is no such folder, or no audio in it.

    Example
    -------
    >>> import numpy, soundfile
    >>> folder = getfixture("tmp_path")
    >>> (folder / "ann").mkdir()
    >>> soundfile.write(folder / "ann" / "hi.wav", numpy.zeros(800), 16000)
    >>> row = scan_folder(folder)[0]
    >>> row["ID"], row["spk_id"], row["stop"]
    ('ann--hi', 'ann', 800)
    """
    folder = Path(folder).expanduser().absolute()
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}")
    rows = []
    for file in _find_audio(folder):
        parts = file.relative_to(folder).with_suffix("").parts
        if parts[0] == "wav" and len(parts) > 1:
            parts = parts[1:]
        row = {"ID": _safe("--".join(parts)), "wav": file.as_posix()}
        if len(parts) > 1:
            row["spk_id"] = parts[0]
        rows.append({**row, "source": row["wav"]})
    if not rows:
        raise FileNotFoundError(
            f"there is no {', '.join(AUDIO)} file below {folder}; other"
            " formats, such as m4a, have to be converted first"
        )
    _refuse_bad_ids(rows)
    _fill_spans(rows)
    return rows


def did_you_mean(name, known):
    """Returns "; did you mean 'x'?" for the nearest known name, or "".

    Arguments
    ---------
    name : str
        What was asked for.
    known : iterable of str
        What there is.

    Returns
    -------
    str

    Example
    -------
    >>> did_you_mean("lable", ["wav", "label"])
    "; did you mean 'label'?"
    """
    close = difflib.get_close_matches(str(name), map(str, known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _read_cells(path, required):
    """Returns rows of non-empty strings, with their source."""
    if not path.is_file():
        near = path.parent.glob("*.csv") if path.parent.is_dir() else []
        raise FileNotFoundError(
            f"there is no manifest {path}"
            + did_you_mean(path.name, [p.name for p in near])
        )
    rows = []
    try:
        # utf-8-sig: spreadsheets put a byte order mark before the first name
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            names = [name.strip() for name in next(reader, [])]
            _check_header(names, path, required)
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    source = f"{path.as_posix()}:{reader.line_num}"
                    rows.append(_read_row(names, cells, source, required))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} is not a CSV in UTF-8: {error}") from error
    if not rows:
        raise ValueError(f"{path} lists no utterance")
    return rows


def _check_header(names, path, required):
    if not names:
        raise ValueError(f"{path} is empty; its first line names the columns")
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(f"{path}:1 names the column {twice[0]!r} twice")
    if "speaker" in names and "spk_id" not in names:
        names[names.index("speaker")] = "spk_id"
    for name in ("wav", *required):
        if name not in names:
            raise ValueError(
                f"{path}:1 has no column {name!r} among {', '.join(names)}"
                + did_you_mean(name, names)
            )


def _read_row(names, cells, source, required):
    if len(cells) != len(names):
        raise ValueError(
            f"{source} has {len(cells)} cells for {len(names)} columns; put"
            " quotes around a cell that holds a comma"
        )
    row = {k: v.strip() for k, v in zip(names, cells) if v.strip()}
    for name in ("wav", *required):
        if name not in row:
            raise ValueError(f"{source} leaves the column {name!r} empty")
    return {**row, "source": source}


def _resolve(row, manifest, data_root):
    """Returns the absolute path of a row's audio."""
    wav = row["wav"]
    root = manifest.parent if data_root is None else data_root
    variable = re.match(r"\$(\w+)(?=/|\\|$)", wav)
    if variable:
        if variable[1] != "data_root":
            raise ValueError(
                f"{row['source']} begins with ${variable[1]}, but only"
                " $data_root is replaced"
            )
        if data_root is None:
            raise ValueError(
                f"{row['source']} uses $data_root; say where the corpus is"
                " with --data_root"
            )
        wav = wav[variable.end() :].lstrip("/\\") or "."
    path = os.path.join(os.path.expanduser(root), wav)
    return Path(os.path.abspath(path)).as_posix()


def _parse_span(row):
    """Makes numbers of the duration, start and stop that are there."""
    for name in ("duration", "start", "stop"):
        if name not in row:
            continue
        try:
            number = float(row[name])
        except ValueError:
            number = math.nan
        whole = name == "duration" or number.is_integer()
        if not (math.isfinite(number) and number >= 0 and whole):
            unit = "seconds" if name == "duration" else "whole samples"
            raise ValueError(
                f"{row['source']} has the {name} {row[name]!r}, not a number"
                f" of {unit}"
            )
        row[name] = number if name == "duration" else int(number)
    if row.get("duration") == 0:
        raise ValueError(f"{row['source']} has a duration of 0 seconds")
    if "stop" in row and row["stop"] <= row.get("start", 0):
        raise ValueError(
            f"{row['source']} stops at sample {row['stop']}, not after its"
            f" start {row.get('start', 0)}"
        )


def _fill_ids(rows):
    """Names rows without an ID after their file, or path if files repeat."""
    bare = [row for row in rows if "ID" not in row]
    stems = Counter(Path(row["wav"]).stem for row in bare)
    shared = ""
    if len(stems) < len(bare):
        shared = os.path.commonpath([Path(r["wav"]).parent for r in bare])
    for row in bare:
        wav = Path(row["wav"])
        name = wav.stem
        if stems[name] > 1:
            parts = wav.relative_to(shared).with_suffix("").parts
            name = "--".join(parts)
        row["ID"] = _safe(name)


def _safe(name):
    """Turns what an ID may not hold into underscores."""
    return re.sub(r"\.{2,}|[/\\\0]", "_", name)


def _refuse_bad_ids(rows):
    """IDs name output files, so none may repeat or lead out of a folder."""
    seen = {}
    for row in rows:
        name, source = row["ID"], row.get("source", row["wav"])
        if name == "." or _safe(name) != name:
            raise ValueError(
                f"{source} has the ID {name!r}; an ID may not hold a path"
                " separator or '..'"
            )
        if name in seen:
            raise ValueError(
                f"{source} has the ID {name!r} of {seen[name]}; each"
                " utterance needs its own, in the column ID"
            )
        seen[name] = source


def _fill_spans(rows):
    """Completes duration, start and stop from the audio headers."""
    short = [row for row in rows if not {"duration", "stop"} <= row.keys()]
    paths = list(dict.fromkeys(row["wav"] for row in short))
    headers = dict(zip(paths, read_headers(paths)))
    for row in short:
        header = headers[row["wav"]]
        if header.problem:
            row.update(start=0, stop=0, duration=0.0)
            continue
        rate = header.sample_rate
        if "stop" not in row:
            row["stop"] = header.frames
            if "start" in row and "duration" in row:
                stop = row["start"] + round(row["duration"] * rate)
                # Durations are often rounded to hundredths of a second
                if abs(stop - header.frames) > rate / 100:
                    row["stop"] = stop
        row.setdefault("start", 0)
        row.setdefault("duration", (row["stop"] - row["start"]) / rate)
    for row in rows:
        row.setdefault("start", 0)


def _find_audio(folder):
    """Returns the audio below a folder, sorted, through links to folders."""
    found, visited = [], set()
    for parent, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(parent)
        if real in visited:  # a link back up would never end
            folders.clear()
            continue
        visited.add(real)
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            Path(parent, name)
            for name in files
            if name.lower().endswith(AUDIO) and not name.startswith(".")
        ]
    return sorted(found)
