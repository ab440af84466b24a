"""The file of frames: what is complete stays, what is not is found out."""

import pickle
import threading

import numpy as np
import pytest

from sb_contrastive.data.features.file import FeatureFile


@pytest.fixture
def parts():
    rng = np.random.default_rng(0)
    return [rng.standard_normal((n, 3)).astype("<f2") for n in (4, 1, 7)]


@pytest.fixture
def file(tmp_path, parts):
    file = FeatureFile(tmp_path, dim=3)
    with file.writing() as append:
        append([({"wav": "0"}, parts[0]), ({"wav": "1"}, parts[1])])
        append([({"wav": "2"}, parts[2])])
    return file


def contents(file):
    return {r["wav"]: file.read(r, 0, None).tolist() for r in file.records}


def expected(*parts):
    return {str(i): part.tolist() for i, part in enumerate(parts)}


def test_it_reads_what_was_written_now_and_later(file, tmp_path, parts):
    assert contents(file) == expected(*parts)
    again = FeatureFile(tmp_path, dim=3)
    assert contents(again) == expected(*parts)
    assert again.read(again.records[2], 2, 5).tolist() == parts[2][2:5].tolist()


def test_the_data_are_plain_float16(file, tmp_path, parts):
    raw = np.fromfile(tmp_path / "features.f16", "<f2").reshape(-1, 3)
    assert np.array_equal(raw, np.concatenate(parts))
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"features.f16", "index.jsonl", "lock"}


def test_an_entry_that_only_names_frames_adds_none(file, tmp_path, parts):
    with file.writing() as append:
        append([({**file.records[1], "wav": "alias"}, None)])
    again = FeatureFile(tmp_path, dim=3)
    assert contents(again) == {**expected(*parts), "alias": parts[1].tolist()}


@pytest.mark.parametrize("data_tail", [0, 5, 18])
@pytest.mark.parametrize("index_tail", [b"", b'{"wav": "3", "fir'])
def test_an_unfinished_end_is_cut_off(
    file, tmp_path, parts, data_tail, index_tail
):
    with open(file.data, "ab") as data, open(file.index, "ab") as index:
        data.write(b"x" * data_tail)
        index.write(index_tail)
    again = FeatureFile(tmp_path, dim=3)
    assert contents(again) == expected(*parts)
    with again.writing() as append:
        append([({"wav": "3"}, parts[0])])
    for reader in (again, FeatureFile(tmp_path, dim=3)):
        assert contents(reader) == expected(*parts, parts[0])
    assert file.data.stat().st_size == 2 * 3 * (4 + 1 + 7 + 4)


def test_stopped_between_data_and_index(file, tmp_path, parts):
    with pytest.raises(KeyboardInterrupt), file.writing() as append:
        append([({"wav": "3"}, parts[1])])
        raise KeyboardInterrupt
    assert contents(FeatureFile(tmp_path, 3)) == expected(*parts, parts[1])


def test_a_truncated_file_loses_only_what_is_cut(file, tmp_path, parts):
    with open(file.data, "ab") as data:
        data.truncate(2 * 3 * (4 + 1 + 7) - 1)
    again = FeatureFile(tmp_path, dim=3)
    assert contents(again) == expected(*parts[:2])
    with again.writing() as append:
        append([({"wav": "2"}, parts[2])])
    assert contents(FeatureFile(tmp_path, dim=3)) == expected(*parts)


def test_a_lost_file_is_written_anew(file, tmp_path, parts):
    for lost in (file.index, file.data):
        lost.unlink()
        if lost == file.data:
            with pytest.raises(ValueError, match="does not fit its features"):
                FeatureFile(tmp_path, dim=3)
            continue
        again = FeatureFile(tmp_path, dim=3)
        assert again.records == []
        with again.writing() as append:
            append([({"wav": "0"}, parts[2])])
        assert contents(FeatureFile(tmp_path, 3)) == expected(parts[2])


@pytest.mark.parametrize("byte", [0, 2 * 3 * 5 + 1, -1])
def test_a_changed_byte_is_found_out(file, tmp_path, byte):
    data = bytearray(file.data.read_bytes())
    data[byte] ^= 1
    file.data.write_bytes(data)
    again = FeatureFile(tmp_path, dim=3)
    with pytest.raises(ValueError, match="is damaged at frame .*delete"):
        contents(again)


def test_a_damaged_index_is_refused(file, tmp_path):
    lines = file.index.read_bytes().splitlines(keepends=True)
    file.index.write_bytes(lines[0] + b"nonsense\n" + lines[2])
    with pytest.raises(ValueError, match="index.jsonl does not fit"):
        FeatureFile(tmp_path, dim=3)


def test_a_copy_for_a_worker_carries_no_frames(file, parts):
    contents(file)
    assert len(pickle.dumps(file)) < 2000
    assert contents(pickle.loads(pickle.dumps(file))) == expected(*parts)


def test_two_writers_take_turns(file, tmp_path, parts):
    other = FeatureFile(tmp_path, dim=3)

    def write():
        with other.writing() as append:
            append([({"wav": "4"}, parts[1])])

    with file.writing() as append:
        thread = threading.Thread(target=write)
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()
        append([({"wav": "3"}, parts[0])])
    thread.join(10)
    assert contents(FeatureFile(tmp_path, 3)) == expected(
        *parts, parts[0], parts[1]
    )
