#!/usr/bin/env python3
"""Cuts the recordings of a manifest into pieces, each a file of its own.

    python benchmarks/cut_pieces.py librispeech/metadata.csv pieces/ --split train

A speaker who was recorded once then has several utterances. With
`--simulated_channels` each piece has a channel of its own, as if it were of
another session (docs/simulated_channels.md). `pieces/metadata.csv` has the columns
ID, wav and speaker. The folder must not be there yet.
"""

import argparse
import csv
from pathlib import Path

import soundfile

from sb_contrastive.data.manifests.manifest import read_manifest


def cut(rows, folder, seconds, least):
    """Write the pieces of recordings as FLAC.

    Arguments
    ---------
    rows : list of dict
        Manifest rows, from `read_manifest`.
    folder : pathlib.Path
        Where the files go.
    seconds, least : float
        Length of a piece, and of the shortest that is kept at the end.

    Returns
    -------
    list of dict
        Rows of the pieces.
    """
    pieces = []
    for row in rows:
        samples, rate = soundfile.read(
            row["wav"], start=row["start"], stop=row["stop"]
        )
        length, shortest = round(seconds * rate), round(least * rate)
        starts = range(0, len(samples) - shortest + 1, length)
        for number, start in enumerate(starts):
            name = f"{row['ID']}_{number}"
            file = f"{name}.flac"
            soundfile.write(
                folder / file, samples[start : start + length], rate
            )
            pieces.append({"ID": name, "wav": file, "speaker": row["spk_id"]})
    return pieces


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("manifest")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--split", help="only rows with this in column split")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--least", type=float, default=2.0)
    options = parser.parse_args()
    options.folder.mkdir(parents=True)
    rows = [
        row
        for row in read_manifest(options.manifest, required=["spk_id"])
        if options.split in (None, row.get("split"))
    ]
    pieces = cut(rows, options.folder, options.seconds, options.least)
    path = options.folder / "metadata.csv"
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["ID", "wav", "speaker"])
        writer.writeheader()
        writer.writerows(pieces)
    print(f"{len(rows)} recordings, {len(pieces)} pieces: {path}")
