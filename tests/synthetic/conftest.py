"""Small synthetic corpora, and what reads all their bytes."""

from pathlib import Path

import pytest

from sb_contrastive.synthetic import write_iemocap, write_voxceleb


@pytest.fixture(scope="session")
def tree():
    """Returns a function that reads all files below a folder."""

    def read(folder):
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(Path(folder).rglob("*"))
            if path.is_file()
        }

    return read


@pytest.fixture(scope="module")
def iemocap(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpora") / "iemocap"
    return Path(write_iemocap(folder, utterances_per_speaker=5, jobs=1))


@pytest.fixture(scope="module")
def voxceleb(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpora") / "voxceleb"
    return Path(write_voxceleb(folder, speakers=6, utterances=2, jobs=1))
