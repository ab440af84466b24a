"""Tiny imitations of ADReSS and ADReSSo that hold every trap of their layouts."""

from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from sb_contrastive.corpora import prepare_adress
from sb_contrastive.data.manifests.manifest import read_manifest

RATE = 44100
CHAT = (
    "@UTF8\n@ID:\teng|Pitt|PAR|74;|male|Control||Participant||30|\n"
    "*INV:\twhat do you see ? \x15100_900\x15\n"
    "*PAR:\ta boy and &uh\n\ta stool . \x151000_2500\x15\n"
    "%wor:\ta \x15100_200\x15 boy \x15200_300\x15\n"
    "*PAR:\twater . \x152500_2800\x15\n"
    "*INV:\tmhm . \x152800_3000\x15\n"
    "*PAR:\tyes . \x153000_4100\x15\n"
)
TABLE = (
    '"",speaker,begin,end\n"1",INV,0,500\n"2",PAR,500,1500\n"3",INV,1500,2000\n'
)


def speak(path, seconds=4.0, rate=RATE):
    path.parent.mkdir(parents=True, exist_ok=True)
    tone = 0.01 * np.sin(np.arange(round(seconds * rate)))
    soundfile.write(path, tone, rate)


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def litter(root):
    for folder in [p for p in root.rglob("*") if p.is_dir()]:
        (folder / ".DS_Store").write_bytes(b"\0")
        (folder / "._S001.wav").write_bytes(b"\0")


@pytest.fixture
def adress(tmp_path):
    root = tmp_path / "ADReSS-IS2020-data"
    for subject, place in {
        "S001": "train/{}/cc",
        "S002": "train/{}/cc",
        "S079": "train/{}/cd",
        "S160": "test/{}",
        "S161": "test/{}",
    }.items():
        audio = root / place.format("Full_wave_enhanced_audio")
        speak(audio / f"{subject}.wav")
        chunks = root / place.format("Normalised_audio-chunks")
        for k in range(2):
            speak(chunks / f"{subject}-240-9902-1137{k}-1-0-1390.wav", 1.0)
        put(root / place.format("transcription") / f"{subject}.cha", CHAT)
    header = "ID   ; age ; gender ;  mmse\n"
    put(
        root / "train/cc_meta_data.txt",
        header + "S001 ;  74 ;  male  ;  NA\nS002; 62;female ; 30\n",
    )
    put(root / "train/cd_meta_data.txt", header + "S079 ; 71 ; female ; 14\n\n")
    put(root / "train/README.md", "")
    put(
        root / "test/meta_data.txt",
        "ID   ; age ; gender\nS160 ; 66 ; male\nS161 ; 70 ; female \n",
    )
    put(root / "test/test_results.txt", "ID   ; Prediction\nS160 ;\nS161 ;\n")
    litter(root)
    return root


LABELLED = (
    "ID   ; age ; gender ; Label ; mmse\n"
    "S160 ; 66 ; 0 ; 0 ; 29\nS161 ; 70 ; 1 ; 1 ; NA\n"
)


@pytest.fixture
def adresso(tmp_path):
    root = tmp_path / "ADReSSo21"
    part = root / "diagnosis/train"
    for subject, label in [("adrso001", "ad"), ("adrso002", "cn")]:
        speak(part / "audio" / label / f"{subject}.wav", 3.0, 16000)
        put(part / "segmentation" / label / f"{subject}.csv", TABLE)
    put(
        part / "adresso-train-mmse-scores.csv",
        '"","adressfname","mmse","dx"\n"1","adrso001",17,"ad"\n"2","adrso002",29,"cn"\n',
    )
    part = root / "diagnosis/test-dist"
    for number in (1, 10):
        speak(part / f"audio/adrsdt{number}.wav", 3.0, 16000)
        put(part / f"segmentation/adrsdt{number}.csv", TABLE)
    put(part / "test_results_task1.csv", "ID,Prediction\nadrsdt1,\nadrsdt10,\n")
    put(root / "task1.csv", "ID,Dx\nadrsdt1,Control\nadrsdt10,ProbableAD\n")
    put(root / "task2.csv", "ID,MMSE\nadrsdt1,30\nadrsdt10,18\n")
    speak(root / "progression/train/audio/decline/adrsp001.wav", 1.0, 16000)
    litter(root)
    return root


@pytest.fixture
def prepare(tmp_path):
    """Prepares a folder and reads the manifest."""

    def run(root, **options):
        path = tmp_path / "all.csv"
        prepare_adress(root, path, **{"expected_subjects": None, **options})
        return read_manifest(path, data_root=root)

    return run


def of_subjects(rows, *names):
    return {r["subject"]: tuple(r.get(name) for name in names) for r in rows}


@pytest.fixture(scope="session")
def imitation():
    """Contents of the imitations' files, and what writes and reads them."""
    return SimpleNamespace(
        RATE=RATE,
        CHAT=CHAT,
        LABELLED=LABELLED,
        speak=speak,
        put=put,
        of_subjects=of_subjects,
    )
