"""What is written block by block is what numpy would have saved."""

import numpy as np
import pytest

from sb_contrastive.evaluation.embeddings.stored.file import write_embeddings


def test_blocks_are_written_before_the_next_is_asked_for(tmp_path):
    z = np.random.default_rng(0).standard_normal((50, 3, 1000), "float32")
    sizes = []

    def blocks():
        for i in range(0, 50, 20):
            # 20 embeddings take 240 kB; all but a buffer are in the file
            sizes.append(sum(p.stat().st_size for p in tmp_path.iterdir()))
            yield z[i : i + 20]

    ids = [f"é{i}" for i in range(50)]
    shape = write_embeddings(tmp_path / "z.npz", ids, ids, blocks())
    assert shape == z.shape
    assert sizes[0] == 0 and sizes[1] > 200_000 and sizes[2] > 440_000
    found = np.load(tmp_path / "z.npz")
    assert np.array_equal(found["embeddings"], z)
    assert found["ids"].tolist() == found["wavs"].tolist() == ids


def test_a_missing_block_is_no_shorter_file(tmp_path):
    with pytest.raises(ValueError, match="3 utterances but 2 embeddings"):
        write_embeddings(
            tmp_path / "z.npz", "abc", "abc", [np.zeros((2, 4), "float32")]
        )
    assert not list(tmp_path.iterdir())
