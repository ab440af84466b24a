"""The imitation of ADReSS keeps to the layout, is read by the real parser, and the condition can be heard."""

import re

import numpy as np
import pytest
import soundfile

from sb_contrastive.corpora import prepare_adress
from sb_contrastive.data.audio.pauses import find_speech
from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.synthetic import is_synthetic, write_adress


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpora") / "adress"
    return write_adress(folder, train=6, test=2, seconds=15, jobs=1)


def prepared(folder, tmp_path, **options):
    path = tmp_path / "all.csv"
    prepare_adress(folder, path, expected_subjects=None, **options)
    return read_manifest(path, data_root=folder)


def test_the_real_parser_reads_all_of_it(folder, tmp_path):
    rows = prepared(folder, tmp_path)
    about = {r["subject"]: (r["split"], r["label"], r["sex"]) for r in rows}
    assert sorted(about) == [
        *(f"S{k:03d}" for k in range(1, 7)),
        "S160",
        "S161",
    ]
    for split, each in ("train", 3), ("test", 1):
        of_split = [v for v in about.values() if v[0] == split]
        for label in "control", "dementia":
            own = sorted(sex for _, name, sex in of_split if name == label)
            assert own == ["f", "f", "m"][-each:] if each > 1 else ["f"]
    ages = {
        label: sorted(
            {(r["subject"], r["age"]) for r in rows if r["label"] == label},
            key=lambda pair: pair[1],
        )
        for label in ("control", "dementia")
    }
    assert [a for _, a in ages["control"]] == [a for _, a in ages["dementia"]]
    chunks = prepared(folder, tmp_path, audio="chunks")
    assert len(chunks) == len(rows)
    assert is_synthetic(folder)


def test_turns_lie_where_the_transcript_says(folder):
    """Between turns there is background alone, far below the speech."""
    for path in sorted(folder.rglob("S00*.cha")):
        wav = str(path).replace("transcription", "Full_wave_enhanced_audio")
        audio, _ = soundfile.read(wav.replace(".cha", ".wav"))
        marks = re.findall("\x15(\\d+)_(\\d+)\x15", path.read_text())
        edges = [0, *(16 * int(x) for mark in marks for x in mark)]
        for a, b in zip(edges[::2], edges[1::2]):
            assert audio[a:b].std() < 0.05 * audio.std()
        for a, b in zip(edges[1::2], edges[2::2]):
            assert audio[a:b].std() > 0.3 * audio.std()


def test_the_test_part_does_not_tell_the_diagnosis(folder):
    for path in (folder / "test").rglob("*"):
        if path.is_file() and path.suffix in (".cha", ".txt"):
            assert not re.search("Control|ProbableAD|mmse", path.read_text())
        assert path.name not in ("cc", "cd")


def test_the_condition_is_longer_pauses(folder, tmp_path):
    share = {"control": [], "dementia": []}
    for row in prepared(folder, tmp_path):
        span = (row["wav"], row["start"], row["stop"])
        _, pauses = find_speech([span])
        total = sum(stop - start for _, start, stop in pauses)
        share[row["label"]].append(total / (row["stop"] - row["start"]))
    assert np.mean(share["dementia"]) > 1.3 * np.mean(share["control"])


def test_sizes_that_make_no_corpus(tmp_path):
    with pytest.raises(ValueError, match="give even numbers"):
        write_adress(tmp_path / "a", test=0)
    with pytest.raises(ValueError, match="give 10 or more"):
        write_adress(tmp_path / "a", seconds=5)
    assert not (tmp_path / "a").exists()
