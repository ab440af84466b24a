"""What contradicts itself is named with both places, whatever the column."""

import pytest

from sb_contrastive.data.manifests.contradictions import refuse_contradictions
from sb_contrastive.data.manifests.manifest import read_manifest


def test_rows_that_agree_pass():
    rows = [
        {"ID": "1", "subject": "a", "split": "train"},
        {"ID": "2", "subject": "b", "split": "test"},
        {"ID": "3", "subject": "a"},
        {"ID": "4", "subject": "a", "split": "train"},
    ]
    refuse_contradictions(rows, "split", of="subject")
    with pytest.raises(
        ValueError, match="subject 'a' has the split 'train' at 1 and 'x' at 5"
    ):
        rows.append({"ID": "5", "subject": "a", "split": "x"})
        refuse_contradictions(rows, "split", of="subject")


def test_one_piece_of_audio_with_two_labels(manifest):
    text = (
        "ID,wav,duration,start,stop,label\n"
        "a,/c/x.wav,1,0,9,sad\n"
        "b,/c/x.wav,1,9,18,glad\n"
        "c,/c/y/../x.wav,1,0,9,glad\n"
    )
    rows = read_manifest(manifest(text))
    with pytest.raises(
        ValueError,
        match="/c/x.wav has the label 'sad' at .*:2 and 'glad' at .*:4",
    ):
        refuse_contradictions(rows, "label")
    refuse_contradictions(rows[:2], "label")
