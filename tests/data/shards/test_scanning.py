"""Shards that others have written are read with the labels beside their audio."""

import io
import json
import tarfile

import numpy as np
import pytest
import soundfile

from sb_contrastive.data.manifests.preparation import rows_of
from sb_contrastive.data.shards.scanning import shards_of


def write_shard(path, files):
    with tarfile.open(path, "w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def tone(samples):
    stored = io.BytesIO()
    audio = 0.1 * np.sin(np.arange(samples))
    soundfile.write(stored, audio, 16000, format="FLAC")
    return stored.getvalue()


def test_labels_beside_the_audio(tmp_path):
    labels = {"speaker": "bob", "label": "sad", "text": "hello"}
    write_shard(
        tmp_path / "b.tar",
        {"1.flac": tone(900), "1.json": json.dumps(labels).encode()},
    )
    write_shard(
        tmp_path / "a.tar", {"ann/2.flac": tone(800), "2.txt": b"no audio"}
    )
    one, two = rows_of(tmp_path)
    assert (one["ID"], one["spk_id"], one["label"]) == ("1", "bob", "sad")
    assert (two["ID"], two["spk_id"], two["stop"]) == ("ann--2", "ann", 800)
    assert "text" not in one and "label" not in two
    assert [row["ID"] for row in rows_of(str(tmp_path / "a.tar"))] == ["ann--2"]


def test_archives_beside_audio_are_no_shards(tmp_path):
    write_shard(tmp_path / "a.tar", {"1.flac": tone(900)})
    assert shards_of(tmp_path)
    (tmp_path / "2.flac").write_bytes(tone(800))
    assert not shards_of(tmp_path)
    assert [row["ID"] for row in rows_of(tmp_path)] == ["2"]
    (tmp_path / "2.flac").unlink()
    (tmp_path / "ann").mkdir()
    assert not shards_of(tmp_path)


@pytest.mark.parametrize(
    "content, message",
    [
        (b"no archive", "is no tar archive that can be read"),
        (None, "holds shards without any audio"),
    ],
)
def test_shards_that_are_none(tmp_path, content, message):
    path = tmp_path / "a.tar"
    if content is None:
        write_shard(path, {"a.txt": b"text"})
    else:
        path.write_bytes(1000 * content)
    with pytest.raises(ValueError, match=message):
        rows_of(path)


def test_json_that_is_none(tmp_path):
    files = {"1.flac": tone(900), "1.json": b"{speaker"}
    write_shard(tmp_path / "a.tar", files)
    with pytest.raises(ValueError, match="beside 1.flac what is no JSON"):
        rows_of(tmp_path)
