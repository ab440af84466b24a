"""Each file has one channel, copies are made once, and a seed is a seed."""

import os

import numpy as np
import soundfile

from sb_contrastive.data.augmentation.channel_copies import with_channels
from sb_contrastive.data.augmentation.channels import (
    draw_channel,
    through_channel,
)
from sb_contrastive.data.channel_notice import NOTICE_NAME


def corpus(folder):
    """Two files, the first of which is cut in two pieces."""
    rng, rows = np.random.default_rng(0), []
    for name, pieces in (("ann", 2), ("bob", 1)):
        path = str(folder / f"{name}.wav")
        soundfile.write(path, rng.normal(0, 0.05, 8000), 16000)
        length = 8000 // pieces
        rows += [
            {
                "ID": f"{name}{k}",
                "wav": path,
                "start": k * length,
                "stop": (k + 1) * length,
            }
            for k in range(pieces)
        ]
    return rows


def test_pieces_of_a_file_share_its_channel(tmp_path):
    rows = corpus(tmp_path)
    sent = with_channels(rows[::-1], tmp_path / "sent", seed=5)[::-1]
    assert sent[0]["wav"] == sent[1]["wav"] != sent[2]["wav"]
    for row, copy in zip(rows, sent):
        assert {**row, "wav": 0} == {**copy, "wav": 0}
    for row, copy, name in (
        (rows[1], sent[1], "ann0"),
        (*rows[2:], *sent[2:], "bob0"),
    ):
        original = soundfile.read(row["wav"], dtype="float32")[0]
        expected = through_channel(original, draw_channel(5, name))
        found = soundfile.read(copy["wav"], dtype="float32")[0]
        np.testing.assert_allclose(found, expected, atol=2**-15)
    assert (tmp_path / "sent" / NOTICE_NAME).is_file()


def test_copies_are_made_once_and_anew_for_what_differs(tmp_path):
    rows, folder = corpus(tmp_path), tmp_path / "sent"
    first = {row["wav"] for row in with_channels(rows, folder, seed=0)}
    times = {wav: os.stat(wav).st_mtime_ns for wav in first}
    again = {row["wav"] for row in with_channels(rows, folder, seed=0)}
    assert {wav: os.stat(wav).st_mtime_ns for wav in again} == times
    assert not first & {r["wav"] for r in with_channels(rows, folder, seed=1)}
    soundfile.write(rows[0]["wav"], np.full(9000, 0.1), 16000)
    changed = {row["wav"] for row in with_channels(rows, folder, seed=0)}
    assert len(changed & first) == 1
    # As many threads as one likes
    other = with_channels(rows, tmp_path / "other", seed=0, jobs=1)
    for one, two in zip(with_channels(rows, folder, 0, jobs=3), other):
        pair = [soundfile.read(row["wav"])[0] for row in (one, two)]
        np.testing.assert_array_equal(*pair)
