"""Packed audio is the audio itself, to the bit, and other libraries read it too."""

import numpy as np
import pytest
import soundfile

from sb_contrastive.data.audio.reading import read_row
from sb_contrastive.data.manifests.folder_scan import scan_folder
from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.data.manifests.preparation import rows_of
from sb_contrastive.data.shards.address import parse_address
from sb_contrastive.data.shards.packing import pack

SUBTYPES = {"wav": "PCM_16", "flac": "PCM_24", "aiff": "FLOAT", "ogg": "VORBIS"}


@pytest.fixture
def rows(tmp_path):
    """Rows of eight files of four formats; the first is cut into three."""
    rng = np.random.default_rng(0)
    for i in range(8):
        kind = list(SUBTYPES)[i % 4]
        # Dots, and names that differ in nothing else
        path = tmp_path / "corpus" / f"spk{i // 4}" / f"ü.{i % 4 // 2}.{kind}"
        path.parent.mkdir(parents=True, exist_ok=True)
        audio = 0.1 * rng.standard_normal(4000 + 100 * i)
        soundfile.write(path, audio, 16000, SUBTYPES[kind])
    first, *others = scan_folder(tmp_path / "corpus")
    parts = [
        {**first, "ID": f"part{i}", "start": 1000 * i, "stop": 1000 * i + 900}
        for i in range(3)
    ]
    return parts + [{**row, "label": "sad"} for row in others]


def packed_rows(rows, folder, **options):
    shards = pack(rows, folder, **options)
    assert len(list(folder.glob("*.tar"))) == shards
    return read_manifest(folder / "manifest.csv")


def test_samples_and_cells_are_the_same(rows, tmp_path):
    found = packed_rows(rows, tmp_path / "packed")
    assert [r["ID"] for r in found] == [r["ID"] for r in rows]
    for row, own in zip(found, rows):
        np.testing.assert_array_equal(read_row(row), read_row(own))
        columns = ("spk_id", "label", "start", "stop")
        assert [row.get(c) for c in columns] == [own.get(c) for c in columns]
    names = [parse_address(row["wav"]).name for row in found]
    assert len(set(names)) == 8 and len(names) == 10
    assert all(name.count(".") == 1 for name in names)


def test_small_shards_hold_the_same(rows, tmp_path):
    found = packed_rows(rows, tmp_path / "packed", shard_bytes=10_000)
    shards = {parse_address(row["wav"]).shard for row in found}
    assert len(shards) > 2
    for row, own in zip(found, rows):
        np.testing.assert_array_equal(read_row(row), read_row(own))


def test_equal_corpora_are_equal_shards_in_another_order_of_rows(
    rows, tmp_path
):
    pack(rows, tmp_path / "one")
    pack(rows[3:] + rows[:3], tmp_path / "other")
    one, other = (
        (tmp_path / name / "audio-000000.tar").read_bytes()
        for name in ("one", "other")
    )
    assert one == other


def test_shards_are_packed_again_from_shards(rows, tmp_path):
    found = packed_rows(rows, tmp_path / "packed")
    again = packed_rows(found, tmp_path / "again", shard_bytes=10_000)
    for row, own in zip(again, rows):
        np.testing.assert_array_equal(read_row(row), read_row(own))


def test_shards_without_their_manifest(rows, tmp_path):
    found = packed_rows(rows, tmp_path / "packed")
    (tmp_path / "packed" / "manifest.csv").unlink()
    scanned = {row["ID"]: row for row in rows_of(tmp_path / "packed")}
    assert scanned.keys() == {row["ID"] for row in found}
    for row in found:
        other = scanned[row["ID"]]
        assert all(other[c] == row[c] for c in row if c[0] != " ")


def test_the_webdataset_library_reads_them(rows, tmp_path):
    webdataset = pytest.importorskip(
        "webdataset", reason="webdataset is not installed"
    )
    pack(rows, tmp_path / "packed", shard_bytes=10_000)
    shards = sorted(map(str, (tmp_path / "packed").glob("*.tar")))
    samples = list(webdataset.WebDataset(shards, shardshuffle=False).decode())
    assert len(samples) == 8
    own = {row["ID"]: row for row in rows}
    for sample in samples:
        for cells in sample["json"]["utterances"]:
            assert cells["stop"] == own[cells["ID"]]["stop"]
        (kind,) = sample.keys() & SUBTYPES.keys()
        wav = own[cells["ID"]]["wav"]
        with open(wav, "rb") as file:
            assert sample[kind] == file.read()
