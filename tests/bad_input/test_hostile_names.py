"""A name in a manifest that could lead out of the output folder is refused, with its line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sb_contrastive.data.folds.folds import fold_names
from sb_contrastive.data.manifests.source import SOURCE
from sb_contrastive.data.manifests.utterance_ids import refuse_bad_ids
from sb_contrastive.rows.recordings import write_recordings

PARTS = st.sampled_from(["..", ".", "a", "é", "x y", "tmp", ""])
HOSTILE = st.builds(
    lambda parts, sign, end: sign.join(parts) + end,
    st.lists(PARTS, min_size=1, max_size=4),
    st.sampled_from(["/", "\\", "/../", "\0", "\n"]),
    st.sampled_from(["/", "\\", "/..", "\0", "\r"]),
)


@settings(max_examples=40, deadline=None)
@given(HOSTILE, st.sampled_from(["fold", "session", "spk_id"]))
def test_folds_and_ids(name, column):
    row = {"ID": "u", "wav": "/a.wav", SOURCE: "mine.csv:2"}
    title = "speaker" if column == "spk_id" else column
    with pytest.raises(ValueError, match=rf"mine.csv:2 has the {title} "):
        fold_names([{**row, column: name}])
    with pytest.raises(ValueError, match="mine.csv:2 has the ID "):
        refuse_bad_ids([{**row, "ID": name}])


@settings(max_examples=40, deadline=None)
@given(HOSTILE)
def test_subjects(tmp_path_factory, name):
    folder = tmp_path_factory.mktemp("run")
    row = {"ID": "u", "wav": "/a.wav", "subject": name, SOURCE: "mine.csv:2"}
    settings = {"content": "turns", "pause_db": 30, "folds": 2}
    settings["validation"] = "next_fold"
    with pytest.raises(ValueError, match="mine.csv:2 has the subject "):
        write_recordings([row], folder / "out" / "labelled.csv", **settings)
    assert not list(folder.iterdir())
