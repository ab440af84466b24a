"""Tiny imitations of VoxCeleb's layouts, with their traps."""

from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from sb_contrastive.corpora import prepare_voxceleb
from sb_contrastive.data.manifests.manifest import read_manifest

DEV = {
    "id10001": {"-a--bcdefgh": 2, "1zcIwhmdeo4": 1},
    "id10002": {"abcdefgh--_": 1},
    "id10003": {"--_________": 1},
}
TEST = {"id10270": {"x6uYqmx31kE": 2, "-jEAjG6Seg-": 1}, "id10271": {"v": 1}}
TRIAL = "1 id10270/x6uYqmx31kE/00001.wav id10270/-jEAjG6Seg-/00001.wav"
OTHER = "0 id10270/x6uYqmx31kE/00001.wav id10271/v/00001.wav"
DEV_IDS = [
    "id10001---a--bcdefgh--00001",
    "id10001---a--bcdefgh--00002",
    "id10001--1zcIwhmdeo4--00001",
    "id10002--abcdefgh--_--00001",
    "id10003----_________--00001",
]


def speak(tree, speakers, extension="wav"):
    for speaker, videos in speakers.items():
        for video, count in videos.items():
            folder = tree / speaker / video
            folder.mkdir(parents=True, exist_ok=True)
            for k in range(count):
                samples = 1600 + 160 * k + len(speaker)
                path = folder / f"{k + 1:05d}.{extension}"
                soundfile.write(path, 0.01 * np.sin(np.arange(samples)), 16000)


def litter(root):
    """What macOS and the corpus' own metadata leave around."""
    for folder in [p for p in root.rglob("*") if p.is_dir()]:
        (folder / ".DS_Store").write_bytes(b"\0")
        (folder / "._00001.wav").write_bytes(b"\0")


def ids(rows):
    return [row["ID"] for row in rows]


@pytest.fixture(scope="session")
def voxceleb():
    """Speakers and trials of the imitation, and what writes them."""
    return SimpleNamespace(
        DEV=DEV,
        TEST=TEST,
        DEV_IDS=DEV_IDS,
        TRIAL=TRIAL,
        OTHER=OTHER,
        speak=speak,
        litter=litter,
        ids=ids,
    )


@pytest.fixture
def merged(tmp_path):
    """A corpus with both parts in one folder, and its trial list."""
    root = tmp_path / "voxceleb1"
    speak(root / "wav", DEV)
    speak(root / "wav", TEST)
    # Face tracks have the same folders
    (root / "txt" / "id10001" / "1zcIwhmdeo4").mkdir(parents=True)
    (root / "txt" / "id10001" / "1zcIwhmdeo4" / "00001.txt").touch()
    litter(root)
    (root / "veri_test2.txt").write_text(f"{TRIAL}\n{OTHER}\n\n")
    return root


@pytest.fixture
def prepare(tmp_path):
    """Prepares a folder, or several, and reads the training manifest."""

    def run(folder, **options):
        path = tmp_path / "train.csv"
        prepare_voxceleb(folder, path, **options)
        root = None if isinstance(folder, list) else folder
        return read_manifest(path, data_root=root)

    return run
