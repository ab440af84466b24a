"""The recordings of a subject become one row: what contradicts itself is refused."""

import numpy as np
import pytest
import soundfile

from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.rows.recordings import write_recordings

SETTINGS = {
    "content": "turns",
    "pause_db": 30,
    "folds": 2,
    "validation": "next_fold",
}


@pytest.fixture
def rows(tmp_path):
    """Two recordings of each of four subjects, two of them ill."""
    rng = np.random.default_rng(0)
    rows = []
    for i in range(8):
        wav = tmp_path / f"{i}.wav"
        soundfile.write(wav, 0.1 * rng.standard_normal(16000), 16000)
        rows.append(
            {
                "ID": f"r{i}",
                "wav": str(wav),
                "start": 0,
                "stop": 16000,
                "subject": f"S{i // 2}",
                "label": ["ill", "well"][i // 4],
            }
        )
    return rows


def write(rows, tmp_path, **options):
    path = tmp_path / "out" / "labelled.csv"
    write_recordings(rows, path, **SETTINGS | options)
    return read_manifest(path)


def test_a_row_for_each_subject(rows, tmp_path):
    rows[-2]["split"] = rows[-1]["split"] = "train"
    found = write(rows, tmp_path)
    assert [(r["subject"], r["label"], r["stop"]) for r in found] == [
        ("S0", "ill", 32000),
        ("S1", "ill", 32000),
        ("S2", "well", 32000),
        ("S3", "well", 32000),
    ]


@pytest.mark.parametrize(
    "column, values",
    [
        ("label", ("ill", "well")),
        ("split", ("train", "test")),
        ("fold", ("1", "2")),
    ],
)
def test_two_values_for_a_subject_are_refused(rows, tmp_path, column, values):
    rows[2][column], rows[3][column] = values
    with pytest.raises(
        ValueError,
        match=f"'S1' has the {column} '{values[0]}' at r2 and '{values[1]}' at",
    ):
        write(rows, tmp_path)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("split", ["dev", "tset", "Train"])
def test_an_unknown_split_is_refused(rows, tmp_path, split):
    rows[5]["split"] = split
    with pytest.raises(ValueError, match=f"r5 has the split '{split}'"):
        write(rows, tmp_path)


def test_a_silent_turn_passes_and_a_silent_subject_does_not(rows, tmp_path):
    silence = np.zeros(16000)
    soundfile.write(rows[0]["wav"], silence, 16000)
    assert len(write(rows, tmp_path / "turn")) == 4
    soundfile.write(rows[1]["wav"], silence, 16000)
    with pytest.raises(ValueError, match="S0: holds no sound"):
        write(rows, tmp_path / "stop")
    found = write(
        rows,
        tmp_path,
        on_bad_audio="skip",
        folds="each_subject",
        validation="stratified",
    )
    assert "S0" not in {row["subject"] for row in found}
