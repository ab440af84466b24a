"""IEMOCAP is prepared from a tiny imitation that holds every trap of the layout."""

from collections import Counter

import numpy as np
import pytest
import soundfile

from sb_contrastive.corpora import prepare_iemocap
from sb_contrastive.data.folds.class_check import check_classes
from sb_contrastive.data.folds.folds import fold_names, split_fold
from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.data.manifests.source import SOURCE

DIALOGUES = {
    # motion capture of F; both speak
    "Ses01F_impro01": ["F000 neu", "M000 exc", "F001 xxx", "M001 fru"],
    "Ses01M_script01_1": ["M000 hap", "F000 sad", "F001 ang"],
    "Ses02F_impro02": ["F000 neu", "M000 hap", "F001 sad", "M001 ang"],
    "Ses05M_script01_1b": ["M000 neu", "F000 exc", "M001 sad", "F001 ang"],
}
TOTAL = 13


def label_file(dialogue, turns):
    lines = ["% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]", ""]
    for i, turn in enumerate(turns):
        name, code = turn.split()
        lines += [
            f"[{i}.2901 - {i + 1}.2357]\t{dialogue}_{name}\t{code}\t"
            "[2.5000, 2.5000, 2.5000]",
            "C-E2:\tNeutral;\t()",
            "C-F1:\tAnger;\t(\xe9nerv\xe9)",
            "A-E3:\tval 3; act 2; dom  2;\t()",
            "",
        ]
    return "\r\n".join(lines)


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "IEMOCAP_full_release"
    for i, (dialogue, turns) in enumerate(DIALOGUES.items()):
        session = root / f"Session{int(dialogue[3:5])}"
        labels = session / "dialog" / "EmoEvaluation"
        wavs = session / "sentences" / "wav" / dialogue
        (labels / "Categorical").mkdir(parents=True, exist_ok=True)
        wavs.mkdir(parents=True)
        text = label_file(dialogue, turns).encode("latin-1")
        (labels / f"{dialogue}.txt").write_bytes(text)
        # resource forks, and single raters, whose lines must not count
        (labels / f"._{dialogue}.txt").write_bytes(text)
        (labels / ".DS_Store").write_bytes(b"\0")
        (labels / "Categorical" / f"{dialogue}_e1.txt").write_bytes(text)
        for j, turn in enumerate(turns):
            wav = wavs / f"{dialogue}_{turn.split()[0]}.wav"
            tone = np.sin(np.arange(1600 + 160 * j + i))
            soundfile.write(wav, tone, 16000)
        (wavs / "._junk.wav").write_bytes(b"\0")
    return root


def prepare(folder, tmp_path, **kwargs):
    csv = tmp_path / "all.csv"
    prepare_iemocap(folder, csv, **{"expected_utterances": TOTAL, **kwargs})
    return read_manifest(csv, data_root=folder)


def test_every_column(root, tmp_path):
    rows = prepare(root, tmp_path)
    by_id = {row["ID"]: row for row in rows}
    assert len(by_id) == TOTAL
    row = by_id["Ses05M_script01_1b_F000"]
    wav = root / "Session5/sentences/wav/Ses05M_script01_1b"
    assert row == {
        "ID": "Ses05M_script01_1b_F000",
        "duration": 1763 / 16000,
        "wav": (wav / "Ses05M_script01_1b_F000.wav").as_posix(),
        "start": 0,
        "stop": 1763,
        "spk_id": "Ses05_F",
        "label": "hap",
        "session": "5",
        SOURCE: row[SOURCE],
    }
    assert Counter(row["label"] for row in rows) == {
        "neu": 3,
        "hap": 4,
        "sad": 3,
        "ang": 3,
    }


def test_speaker_is_who_speaks_not_whose_motion_is_captured(root, tmp_path):
    speakers = {r["ID"]: r["spk_id"] for r in prepare(root, tmp_path)}
    assert speakers["Ses01F_impro01_F000"] == "Ses01_F"
    assert speakers["Ses01F_impro01_M000"] == "Ses01_M"
    assert speakers["Ses01M_script01_1_F000"] == "Ses01_F"
    assert speakers["Ses01M_script01_1_M000"] == "Ses01_M"


def test_csv_is_portable_and_the_same_each_time(root, tmp_path):
    prepare(root, tmp_path)
    first = (tmp_path / "all.csv").read_bytes()
    assert b"$data_root/Session1/" in first
    assert str(tmp_path).encode() not in first
    prepare(root, tmp_path)
    assert (tmp_path / "all.csv").read_bytes() == first


def test_the_folder_above_is_fine_too(root, tmp_path):
    rows = prepare(root.parent, tmp_path)
    assert rows[0]["wav"].startswith(root.as_posix())
    assert b"$data_root/IEMOCAP_full_release/Session1/" in (
        (tmp_path / "all.csv").read_bytes()
    )
    with pytest.raises(FileNotFoundError, match="no Session1/dialog"):
        prepare(root / "Session1", tmp_path)


def test_sessions_are_speaker_disjoint_folds(root, tmp_path):
    rows = prepare(root, tmp_path)
    assert fold_names(rows) == ["1", "2", "5"]
    check_classes(rows, ["ang", "hap", "neu", "sad"])
    train, valid, test = split_fold(rows, "5")
    assert {row["session"] for row in train + valid} == {"1", "2"}


def test_labels_are_a_choice(root, tmp_path):
    labels = {"exc": "excited", "fru": "frustrated"}
    rows = prepare(root, tmp_path, labels=labels, expected_utterances=None)
    assert Counter(row["label"] for row in rows) == {
        "excited": 2,
        "frustrated": 1,
    }
    with pytest.raises(ValueError, match="'angr'.*did you mean 'ang'"):
        prepare(root, tmp_path, labels={"angr": "ang"})


def test_count_is_checked(root, tmp_path):
    with pytest.raises(ValueError, match="has 13 utterances .* not 5531"):
        prepare_iemocap(root, tmp_path / "all.csv")
    assert not (tmp_path / "all.csv").exists()


def test_all_missing_audio_is_named(root, tmp_path):
    wavs = root / "Session2/sentences/wav/Ses02F_impro02"
    (wavs / "Ses02F_impro02_F000.wav").unlink()
    soundfile.write(wavs / "Ses02F_impro02_M001.wav", np.zeros(0), 16000)
    with pytest.raises(FileNotFoundError) as error:
        prepare(root, tmp_path)
    first, *lines = str(error.value).splitlines()
    assert first.startswith("2 of 13 utterances")
    assert "Ses02F_impro02_F000.wav: missing" in lines[0]
    assert lines[0].endswith("Ses02F_impro02.txt:3)")
    assert "Ses02F_impro02_M001.wav: empty" in lines[1]


@pytest.mark.parametrize(
    "old, new, message",
    [
        (b"\tneu\t", b"\tneutral\t", r":3 has the emotion 'neutral'"),
        (b"Ses02F_impro02_F000", b"F000", r":3 has the turn 'F000'"),
        (b"\tneu\t[2.5000, 2.5000, 2.5000]", b"", r":3 is not '\[start"),
    ],
)
def test_a_broken_label_file_is_named(root, tmp_path, old, new, message):
    file = root / "Session2/dialog/EmoEvaluation/Ses02F_impro02.txt"
    file.write_bytes(file.read_bytes().replace(old, new))
    with pytest.raises(ValueError, match="Ses02F_impro02.txt" + message):
        prepare(root, tmp_path)


def test_the_built_in_imitation(tmp_path):
    corpora = pytest.importorskip(
        "sb_contrastive.synthetic", reason="no built-in corpus"
    )
    folder = corpora.write_iemocap(
        str(tmp_path / "imitation"), utterances_per_speaker=4
    )
    rows = prepare(folder, tmp_path, expected_utterances=40)
    check_classes(rows, ["ang", "hap", "neu", "sad"])
    assert fold_names(rows) == list("12345")
    assert len({row["spk_id"] for row in rows}) == 10
