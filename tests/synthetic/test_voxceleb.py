"""The imitation of VoxCeleb keeps to the layout, with its traps."""

import re

import soundfile

from sb_contrastive.synthetic import (
    NOTICE_NAME,
)


def test_voxceleb_paths_and_meta(voxceleb):
    wavs = sorted((voxceleb / "wav").rglob("*.wav"))
    assert len(wavs) == 6 * 2 * 2
    videos = {}
    for path in wavs:
        speaker, video, name = path.parts[-3:]
        assert re.fullmatch(r"id1\d{4}", speaker)
        assert re.fullmatch(r"[A-Za-z0-9_-]{11}", video)
        assert re.fullmatch(r"0000[12]\.wav", name)
        assert 2.5 <= soundfile.info(path).duration <= 5.0
        videos.setdefault(speaker, set()).add(video)
    names = set().union(*videos.values())
    assert len(names) == 12
    assert any(name.startswith("-") for name in names)
    assert any("--" in name for name in names)
    rows = (voxceleb / "vox1_meta.csv").read_text().splitlines()
    rows = [row.split("\t") for row in rows[1:]]
    assert {row[0] for row in rows} == set(videos)
    assert {row[2] for row in rows} == {"m", "f"}
    assert [row[4] for row in rows].count("test") == 2


def test_voxceleb_trials(voxceleb):
    lines = (voxceleb / "veri_test2.txt").read_text().splitlines()
    trials = [line.split(" ") for line in lines]
    rows = (voxceleb / "vox1_meta.csv").read_text().splitlines()
    held_out = {row.split("\t")[0] for row in rows if row.endswith("\ttest")}
    counts = {"0": 0, "1": 0}
    for label, enrol, test in trials:
        counts[label] += 1
        for path in enrol, test:
            assert (voxceleb / "wav" / path).is_file()
            assert path.split("/")[0] in held_out
        assert (label == "1") == (enrol.split("/")[0] == test.split("/")[0])
        assert enrol.split("/")[1] != test.split("/")[1]
    # two speakers, two videos of two files: 2 * 2 * 2 pairs of one speaker
    assert counts == {"0": 8, "1": 8}
    assert len({frozenset(trial[1:]) for trial in trials}) == 16


def test_emotions_of_voxceleb_are_written_nowhere(tree, voxceleb):
    for path, data in tree(voxceleb).items():
        if not path.endswith(".wav") and path != NOTICE_NAME:
            assert not re.search(rb"\b(neu|hap|sad|ang)\b", data), path
