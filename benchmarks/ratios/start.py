"""Reading a manifest into columns against reading it into a list of dicts, which has no check of it."""

import csv
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from ratios.interleaved import ratio, seconds_of
from sb_contrastive.data.manifests.manifest import read_manifest

ROWS, SAMPLES = 50_000, 16000


def measure(options):
    """Return one ratio."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "rows.csv")
        soundfile.write(Path(place, "audio.wav"), np.zeros(SAMPLES), 16000)
        with open(path, "w", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(["ID", "wav", "start", "stop", "duration", "spk_id"])
            for number in range(ROWS):
                speaker = f"id{number // 200:05d}"
                name = f"{speaker}--{number:07d}"
                lines.writerow([name, "audio.wav", 0, SAMPLES, 1.0, speaker])

        def dicts():
            with open(path, newline="") as file:
                return list(csv.DictReader(file))

        ways = {"columns": lambda: read_manifest(path), "dicts": dicts}
        taken = seconds_of(ways, options.rounds)
    what = f"a manifest of {ROWS} rows: checked columns / csv.DictReader"
    return [ratio(what, taken, "columns", "dicts")]
