"""Files of embeddings that do not go together are refused in a sentence."""

import json

import numpy as np
import pytest

from sb_contrastive.evaluation.embeddings.stored.collection import read_stored
from sb_contrastive.evaluation.embeddings.stored.file import write_embeddings


def write(path, N=2, D=4, **origin):
    write_embeddings(
        path,
        [f"{path.stem}{n}" for n in range(N)],
        [f"/wav/{path.stem}{n}.wav" for n in range(N)],
        [np.full((N, D), N, np.float32)],
        json.dumps(origin) if origin else None,
    )
    return path


def test_rows_find_their_embeddings_in_any_order(tmp_path):
    paths = [write(tmp_path / "a.npz", 2), write(tmp_path / "b.npz", 3)]
    stored = read_stored([*paths, paths[0]])
    rows = [row for path in paths for row in stored.rows[str(path)]]
    assert [row["ID"] for row in rows] == ["a0", "a1", "b0", "b1", "b2"]
    assert stored.of(rows[::-1])[:, 0].tolist() == [3, 3, 3, 2, 2]
    assert stored.origin == {}


def test_an_origin_is_known_where_all_files_tell_it(tmp_path):
    a, b = (write(tmp_path / f"{n}.npz", encoder="x") for n in "ab")
    assert read_stored([a, b]).origin == {"encoder": "x"}
    assert read_stored([a, write(tmp_path / "c.npz")]).origin == {}


@pytest.mark.parametrize(
    "other, words",
    [
        ({"D": 6}, "4 numbers in .*a.npz and 6 numbers in .*b.npz: embed all"),
        ({"encoder": "y"}, "a.npz and .*b.npz are of two encoders"),
        (
            {"encoder": "x", "segments": "6x2s_mean"},
            "of other parts of the rec",
        ),
        ({"encoder": "x", "trim_silence_db": 30.0}, "of silence cut otherwise"),
    ],
)
def test_two_files_that_do_not_go_together(tmp_path, other, words):
    own = {"encoder": "x", "segments": "full", "trim_silence_db": 0.0}
    paths = [write(tmp_path / "a.npz", **own)]
    paths.append(write(tmp_path / "b.npz", **other))
    with pytest.raises(ValueError, match=words):
        read_stored(paths)


def test_files_that_hold_no_embeddings(tmp_path):
    write(tmp_path / "vectors.npz")
    with pytest.raises(FileNotFoundError, match="did you mean 'vectors.npz'"):
        read_stored([tmp_path / "vector.npz"])
    text = tmp_path / "text.npz"
    text.write_text("no archive")
    lacking, short = tmp_path / "lacking.npz", tmp_path / "short.npz"
    np.savez(lacking, x=np.ones(2))
    np.save(tmp_path / "array.npy", np.ones(2))
    np.savez(short, embeddings=np.ones((3, 2)), ids=["a"])
    for path in (text, lacking, tmp_path / "array.npy"):
        with pytest.raises(ValueError, match="holds no embeddings as `embed`"):
            read_stored([path])
    with pytest.raises(ValueError, match=r"\[3, 2\] and 1 ids: it needs"):
        read_stored([short])
    cut = tmp_path / "cut.npz"
    cut.write_bytes((tmp_path / "vectors.npz").read_bytes()[:-40])
    with pytest.raises(ValueError, match="holds no embeddings as `embed`"):
        read_stored([cut])
