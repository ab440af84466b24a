"""The writers keep to the layouts, byte for byte, and never leave half a
corpus."""

import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sb_contrastive.synthetic import (
    NOTICE_NAME,
    built_in_corpus,
    is_synthetic,
    layouts,
    write_iemocap,
    write_voxceleb,
)

LABEL_LINE = re.compile(
    r"\[(\d+\.\d+) - (\d+\.\d+)\]\t(\w+)\t([a-z]{3})"
    r"\t\[\d\.\d{4}, \d\.\d{4}, \d\.\d{4}\]"
)


def tree(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def iemocap(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpora") / "iemocap"
    return Path(write_iemocap(folder, utterances_per_speaker=5, jobs=1))


@pytest.fixture(scope="module")
def voxceleb(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpora") / "voxceleb"
    return Path(write_voxceleb(folder, speakers=6, utterances=2, jobs=1))


def labels(folder):
    """Turn -> (start, end, label, dialogue), as a parser would read them."""
    found = {}
    for path in folder.glob("Session*/dialog/EmoEvaluation/*.txt"):
        lines = path.read_text().split("\n")
        assert lines[0].startswith("% [START_TIME") and lines[1] == ""
        for line in lines:
            if line.startswith("["):
                start, end, turn, label = LABEL_LINE.fullmatch(line).groups()
                found[turn] = float(start), float(end), label, path.stem
    return found


def test_every_iemocap_wav_has_one_label_and_the_reverse(iemocap):
    wavs = {p.stem: p for p in iemocap.glob("Session?/sentences/wav/*/*.wav")}
    found = labels(iemocap)
    assert set(wavs) == set(found) and len(wavs) == 10 * (5 + 2)
    for turn, (start, end, _, dialogue) in found.items():
        info = soundfile.info(wavs[turn])
        assert (info.samplerate, info.channels) == (16000, 1)
        assert info.subtype == "PCM_16" and info.format == "WAV"
        assert abs(info.duration - (end - start)) < 1e-3
        assert 2.0 <= info.duration <= 5.0
        assert turn[:-5] == dialogue == wavs[turn].parent.name
        assert wavs[turn].parts[-5] == f"Session{turn[4]}"


def test_each_iemocap_speaker_has_each_class_and_what_is_dropped(iemocap):
    classes = {}
    for turn, (_, _, label, _) in labels(iemocap).items():
        assert re.fullmatch(
            r"Ses0[1-5][FM]_(impro|script)\d\d(_\d[a-z]?)?_[FM]\d{3}", turn
        )
        classes.setdefault((turn[4], turn[-4]), set()).add(label)
    assert len(classes) == 10
    for heard in classes.values():
        assert heard >= {"neu", "hap", "ang", "sad", "fru", "xxx"}


def test_iemocap_speaker_is_the_letter_before_the_digits(iemocap):
    """Both sexes speak in each dialogue; F voices are the higher ones."""
    from scipy.signal import lfilter

    letters, pitch = {}, {"F": [], "M": []}
    for turn, (_, _, label, dialogue) in labels(iemocap).items():
        letters.setdefault(dialogue, set()).add(turn[-4])
        if label == "neu":
            path = f"Session{turn[4]}/sentences/wav/{dialogue}/{turn}.wav"
            samples = soundfile.read(iemocap / path)[0]
            low = lfilter([1], [1, -0.95], samples)
            power = np.abs(np.fft.rfft(low, 1 << 18)) ** 2
            auto = np.fft.irfft(power)[: 16000 // 60]
            pitch[turn[-4]].append(16000 / (40 + auto[40:].argmax()))
    assert len(letters) == 20
    assert sum(found == {"F", "M"} for found in letters.values()) > 15
    assert np.median(pitch["F"]) > 1.3 * np.median(pitch["M"])


def test_iemocap_turns_follow_one_another_and_are_transcribed(iemocap):
    found, transcribed = labels(iemocap), {}
    for path in iemocap.glob("Session?/dialog/transcriptions/*.txt"):
        clock = 0.0
        for line in path.read_text().splitlines():
            turn, start, end, text = re.fullmatch(
                r"(\w+) \[(\d{3}\.\d{4})-(\d{3}\.\d{4})\]: (.+)", line
            ).groups()
            assert clock < float(start) < float(end)
            clock = float(end)
            assert found[turn][:2] == (float(start), float(end))
            assert re.fullmatch("[a-z]+( [a-z]+)*", text)
            transcribed[turn] = text
    assert set(transcribed) == set(found)


def test_iemocap_has_the_traps_of_the_real_one(iemocap):
    evaluation = iemocap / "Session5" / "dialog" / "EmoEvaluation"
    assert list((evaluation / "Categorical").glob("*_cat.txt"))
    assert (evaluation / "Ses05M_script01_1b.txt").exists()
    text = (evaluation / "Ses05M_script01_1b.txt").read_text()
    assert re.search(r"^C-E2:\t\w+;\t\(\)$", text, re.M)
    assert re.search(r"^A-E3:\tval \d; act \d; dom  \d;\t\(\)$", text, re.M)


def test_iemocap_consensus_is_the_majority_of_its_raters(iemocap):
    names = {"neu": "Neutral", "hap": "Happiness", "exc": "Excited"}
    names |= {"ang": "Anger", "sad": "Sadness", "fru": "Frustration"}
    for path in iemocap.glob("Session?/dialog/EmoEvaluation/*.txt"):
        for block in path.read_text().split("\n\n")[1:]:
            if not block.strip():
                continue
            label = LABEL_LINE.match(block).group(4)
            votes = re.findall(r"^C-E\d:\t(\w+);", block, re.M)
            if label == "xxx":
                assert len(set(votes)) == 3
            else:
                assert votes.count(names[label]) >= 2


def test_default_sizes():
    """24 turns of IEMOCAP's four classes, about in its proportions."""
    from sb_contrastive.synthetic.iemocap import _session

    turns = [t for t in _session(1, 0, 24) if t.label not in ("fru", "xxx")]
    counts = [t.label for t in turns]
    assert len(turns) == 48
    assert counts.count("neu") == 14 and counts.count("ang") == 10
    assert counts.count("hap") + counts.count("exc") == 14


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


def test_emotions_of_voxceleb_are_written_nowhere(voxceleb):
    for path, data in tree(voxceleb).items():
        if not path.endswith(".wav") and path != NOTICE_NAME:
            assert not re.search(rb"\b(neu|hap|sad|ang)\b", data), path


def test_bytes_do_not_depend_on_the_number_of_processes(tmp_path, voxceleb):
    two = write_voxceleb(tmp_path / "two", speakers=6, utterances=2, jobs=2)
    assert tree(two) == tree(voxceleb)
    other = write_voxceleb(tmp_path / "o", 1, speakers=3, utterances=1, jobs=1)
    assert tree(other)["veri_test2.txt"] != tree(voxceleb)["veri_test2.txt"]


def test_two_processes_write_the_same_iemocap(tmp_path, iemocap):
    two = write_iemocap(tmp_path / "two", utterances_per_speaker=5, jobs=2)
    assert tree(two) == tree(iemocap)


def test_notice_is_loud(iemocap, voxceleb):
    for folder, name in (iemocap, "IEMOCAP"), (voxceleb, "VoxCeleb"):
        assert is_synthetic(folder)
        first = (folder / NOTICE_NAME).read_text().splitlines()[0]
        assert first == f"*** SYNTHETIC SPEECH: THIS IS NOT {name} ***"


@pytest.mark.parametrize("writer", [write_iemocap, write_voxceleb])
def test_a_full_folder_is_refused(tmp_path, writer):
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(ValueError, match="not empty"):
        writer(tmp_path)
    assert os.listdir(tmp_path) == ["mine.txt"]


def test_sizes_that_make_no_corpus_are_refused(tmp_path):
    with pytest.raises(ValueError, match="at least 4"):
        write_iemocap(tmp_path / "a", utterances_per_speaker=3)
    with pytest.raises(ValueError, match="2 or more"):
        write_voxceleb(tmp_path / "b", videos=1)
    with pytest.raises(ValueError, match="3 to 900"):
        write_voxceleb(tmp_path / "c", speakers=2)
    assert os.listdir(tmp_path) == []


def small(folder, seed=0):
    return write_voxceleb(folder, seed, speakers=3, utterances=1, jobs=1)


def test_the_cache_is_written_once(tmp_path, monkeypatch):
    monkeypatch.setitem(layouts.WRITERS, "voxceleb", small)
    folder = built_in_corpus("voxceleb", tmp_path / "cache")
    before = {p: p.stat().st_mtime_ns for p in Path(folder).rglob("*")}
    assert built_in_corpus("voxceleb", tmp_path / "cache") == folder
    assert before == {p: p.stat().st_mtime_ns for p in Path(folder).rglob("*")}
    other = built_in_corpus("voxceleb", tmp_path / "cache", seed=1)
    assert other != folder and len(os.listdir(tmp_path / "cache")) == 2
    monkeypatch.setattr(layouts, "CORPUS_VERSION", layouts.CORPUS_VERSION + 1)
    assert built_in_corpus("voxceleb", tmp_path / "cache") != folder


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError("disk full")])
def test_an_interruption_leaves_no_half_corpus(tmp_path, monkeypatch, error):
    def interrupted(folder, seed=0):
        small(os.path.join(folder, "part"), seed)
        raise error

    monkeypatch.setitem(layouts.WRITERS, "voxceleb", interrupted)
    with pytest.raises((KeyboardInterrupt, OSError)):
        built_in_corpus("voxceleb", tmp_path)
    assert os.listdir(tmp_path) == []
    monkeypatch.setitem(layouts.WRITERS, "voxceleb", small)
    assert is_synthetic(built_in_corpus("voxceleb", tmp_path))


def test_a_killed_write_is_not_taken_for_a_corpus(tmp_path, monkeypatch):
    """As after a power cut: the unfinished folder is still there."""
    monkeypatch.setitem(layouts.WRITERS, "voxceleb", small)
    folder = Path(built_in_corpus("voxceleb", tmp_path / "a"))
    debris = tmp_path / "b" / f".{folder.name}.0123"
    os.makedirs(debris / "wav")
    again = built_in_corpus("voxceleb", tmp_path / "b")
    assert tree(again) == tree(folder)


def test_two_writers_at_once_agree(tmp_path, monkeypatch):
    monkeypatch.setitem(layouts.WRITERS, "voxceleb", small)
    with ThreadPoolExecutor(2) as pool:
        calls = [
            pool.submit(built_in_corpus, "voxceleb", tmp_path) for _ in "ab"
        ]
        first, second = [call.result() for call in calls]
    assert first == second and is_synthetic(first)
    assert os.listdir(tmp_path) == [os.path.basename(first)]


def test_a_foreign_folder_in_the_cache_is_not_swallowed(tmp_path, monkeypatch):
    monkeypatch.setitem(layouts.WRITERS, "voxceleb", small)
    folder = Path(built_in_corpus("voxceleb", tmp_path))
    (folder / NOTICE_NAME).unlink()  # a person tampered with it
    with pytest.raises(OSError):
        built_in_corpus("voxceleb", tmp_path)


def test_unknown_layout_names_the_nearest(tmp_path):
    with pytest.raises(ValueError, match="did you mean 'voxceleb'"):
        built_in_corpus("VoxCeleb1", tmp_path)
    with pytest.raises(ValueError, match="'iemocap'"):
        built_in_corpus("iemo-cap", tmp_path)
