"""Whatever is in a manifest: a sentence that names it, or rows that can be trained on."""

import csv
import io
import os
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from sb_contrastive.data.audio.check import check_audio
from sb_contrastive.data.audio.reading import read_span
from sb_contrastive.data.folds.folds import refuse_fold_names
from sb_contrastive.data.manifests.manifest import read_manifest, write_manifest
from sb_contrastive.systems.folders import chosen_folds

HOSTILE = st.sampled_from(
    [
        "",
        "..",
        ".",
        "../../etc/x",
        "/etc/passwd",
        "a/b",
        "a\\b",
        "x/../../../../tmp/y",
        "a\nb",
        "a\rb",
        "\x00",
        "~",
        "$HOME/x",
        "$data_root/good.wav",
        "-1",
        "nan",
        "inf",
        "1e400",
        "٣",
        '"',
        "'; rm",
        "  ",
        "é\u202e",
        "x" * 300,
    ]
)
FILES = st.sampled_from(
    [
        "good.wav",
        "other.flac",
        "eight.wav",
        "stereo.wav",
        "click.wav",
        "empty.wav",
        "nan.wav",
        "nothing.wav",
        "text.wav",
        "folder.wav",
        "gone.wav",
    ]
)
NUMBERS = st.one_of(
    st.integers(-3, 6000), st.floats(), st.just(""), st.just("1.5")
).map(str)
CELLS = {
    "ID": st.one_of(st.sampled_from(["a", "b", "c"]), HOSTILE),
    "wav": st.one_of(FILES, FILES, HOSTILE),
    "duration": NUMBERS,
    "start": NUMBERS,
    "stop": NUMBERS,
    "spk_id": st.one_of(st.sampled_from(["ann", "bob"]), HOSTILE),
    "speaker": st.just("ann"),
    "fold": st.one_of(st.sampled_from(["1", "2"]), HOSTILE),
    "label": HOSTILE,
    "own": HOSTILE,
    "wav ": FILES,
    "": st.just(""),
    "stpo": st.just("3"),
}


@st.composite
def manifests(draw):
    """Bytes of a CSV: columns missing, doubled or unknown, cells of all sorts."""
    extra = draw(st.lists(st.sampled_from(sorted(CELLS)), max_size=4))
    names = draw(st.permutations(draw(st.sampled_from([["wav"], []])) + extra))
    lines = st.tuples(*(CELLS[name] for name in names)).map(list)
    rows = draw(st.lists(lines, max_size=4))
    ragged = draw(st.sampled_from([[], [], [], ["x"]]))
    text = io.StringIO()
    dialect = {"delimiter": draw(st.sampled_from(",,,,;\t"))}
    csv.writer(text, **dialect).writerows([names, *rows])
    csv.writer(text, **dialect).writerows([ragged] if ragged else [])
    encoding = draw(
        st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16"])
    )
    end = draw(st.sampled_from([b"", b"", b"\n\n", b'"', b"\xff"]))
    return text.getvalue().encode(encoding) + end


def _use(path, folder):
    """As an experiment does."""
    rows = read_manifest(path)
    refuse_fold_names(rows)
    rows = check_audio(rows, converted_folder=folder / "converted")
    write_manifest(rows, folder / "labelled.csv")
    rows = read_manifest(folder / "labelled.csv")
    if any("fold" in row for row in rows):
        for fold in chosen_folds(rows):
            (folder / "pretrain" / f"fold_{fold}").mkdir(
                parents=True, exist_ok=True
            )
    return rows


@settings(max_examples=150, deadline=None)
@given(manifests())
def test_a_sentence_or_rows(recordings, tmp_path_factory, sentence, content):
    folder = tmp_path_factory.mktemp("run")
    path = recordings / "mine.csv"
    path.write_bytes(content)
    before = _below(recordings)
    rows, said = sentence(_use, path, folder / "output")
    assert _below(recordings) == before
    assert {p.name for p in folder.iterdir()} <= {"output"}
    if said:
        assert "mine.csv" in said
        return
    # None is skipped: as many rows as lines that hold anything
    listed = read_manifest(path)
    assert len(rows) == len(listed) >= 1
    assert [r.get("own") for r in rows] == [r.get("own") for r in listed]
    for row in rows:
        audio = read_span(row["wav"], row["start"], row["stop"])
        assert len(audio) == row["stop"] - row["start"] > 0
        assert abs(row["duration"] * 16000 - len(audio)) < 1e-3
        assert os.path.isabs(row["wav"])


def _below(folder):
    return sorted(Path(folder).rglob("*"))
