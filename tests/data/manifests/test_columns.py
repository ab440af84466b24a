"""Columns of a user's own travel with the utterances, to the letter, through everything that is done to a manifest."""

import numpy as np
import pytest
import soundfile

from sb_contrastive.data.audio.check import check_audio
from sb_contrastive.data.audio.silence import trim_silence
from sb_contrastive.data.folds.folds import split_fold
from sb_contrastive.data.folds.subject_folds import assign_folds
from sb_contrastive.data.manifests.manifest import read_manifest, write_manifest
from sb_contrastive.data.sampling.balanced_batches import balanced_batches
from sb_contrastive.data.views.chunks import chunk_rows
from sb_contrastive.data.views.crops import RandomCrops
from sb_contrastive.data.views.datasets import crop_dataset

OWN = {
    "cohort": ["007", "1e3", "no", "007", "1e3", "no"],
    "pseudo": ["0", "1", "0", "1", "0", "1"],
    "source": ["a, b", 'say "hi"', "é\u3042", "1.50", "+1", "0x1f"],
    "clean?": ["null", "", "NaN", "~", "-0", "True"],
}


@pytest.fixture
def rows(tmp_path, manifest):
    """Six utterances of three speakers, stereo at another rate, with silence
    at both ends, as a user lists them."""
    tone = 0.3 * np.sin(np.arange(8000) / 3)
    audio = np.concatenate([np.zeros(4000), tone, np.zeros(4000)])
    lines = [",".join(["", "wav", "spk_id", "label", *OWN])]
    for i in range(6):
        soundfile.write(tmp_path / f"{i}.wav", np.c_[audio, audio], 8000)
        own = [f'"{OWN[k][i]}"'.replace('say "hi"', 'say ""hi""') for k in OWN]
        lines.append(f"{i},{i}.wav,s{i % 3},{'xy'[i % 3 % 2]}," + ",".join(own))
    return read_manifest(manifest("\n".join(lines) + "\n"))


def own(row):
    return {name: row.get(name, "") for name in OWN}


EXPECTED = {str(i): {k: OWN[k][i] for k in OWN} for i in range(6)}


def test_own_columns_survive_every_treatment(rows, tmp_path):
    assert {row["ID"]: own(row) for row in rows} == EXPECTED
    rows = check_audio(rows, converted_folder=tmp_path / "converted")
    rows = trim_silence(rows)
    assert all(row["duration"] < 1.9 for row in rows)
    write_manifest(rows, tmp_path / "written.csv")
    rows = read_manifest(tmp_path / "written.csv")
    assert {row["ID"]: own(row) for row in rows} == EXPECTED
    parts = split_fold(rows, "s1")
    assert sum(len(part) for part in parts) == 6
    for part in parts:
        chunks = chunk_rows(part, seconds=0.5)
        assert len(chunks) > len(part)
        for chunk in chunks:
            assert own(chunk) == EXPECTED[chunk["ID"].split("_")[0]]
    subjects = [{**row, "subject": row["ID"]} for row in rows]
    folds = assign_folds(subjects, 2)
    assert {row["ID"]: own(row) for row in folds} == EXPECTED


def test_the_written_manifest_has_the_columns_and_no_other(rows, tmp_path):
    write_manifest(rows, tmp_path / "written.csv")
    header = (tmp_path / "written.csv").read_text().splitlines()[0]
    assert header == (
        "ID,duration,wav,start,stop,spk_id,label,cohort,pseudo,source,clean?"
    )


def test_own_columns_name_targets_and_balance_batches(rows, tmp_path):
    rows = check_audio(rows, converted_folder=tmp_path / "converted")
    crops = RandomCrops(counts=[1], seconds=[0.2], seed=1)
    dataset = crop_dataset(
        rows, crops, ["crop"], labels={"0": 0, "1": 1}, column="pseudo"
    )
    assert [item["target"] for item in dataset] == [0, 1, 0, 1, 0, 1]
    for batch in balanced_batches(rows, "cohort", batch_size=6):
        assert sorted(rows[i]["cohort"] for i in batch) == (
            ["007"] * 2 + ["1e3"] * 2 + ["no"] * 2
        )
