"""Spans are completed from the header, and refused where they are none."""

import pytest

from sb_contrastive.data.manifests.manifest import read_manifest


@pytest.mark.parametrize(
    "given_cells, start, stop, duration",
    [
        ("start,stop\n,", 0, 8000, 0.5),
        ("start,stop\n100,4100", 100, 4100, 0.25),
        ("start,duration\n1600,0.25", 1600, 5600, 0.25),
        # rounded: the end of the file is meant, not a span inside it
        ("start,duration\n0,0.496", 0, 8000, 0.496),
        ("duration\n0.5", 0, 8000, 0.5),
        ("start\n4000", 4000, 8000, 0.25),
        ("stop\n4000", 0, 4000, 0.25),
    ],
)
def test_spans_are_completed(
    tmp_path, manifest, given_cells, start, stop, duration, write_audio
):
    write_audio(tmp_path / "a.wav", 8000)
    names, cells = given_cells.split("\n")
    (row,) = read_manifest(manifest(f"wav,{names}\na.wav,{cells}\n"))
    assert (row["start"], row["stop"]) == (start, stop)
    assert row["duration"] == duration


def test_headers_are_read_only_where_something_is_missing(manifest):
    rows = read_manifest(
        manifest("wav,duration,stop\n/none.wav,1,16000\n/none2.wav,,\n")
    )
    assert [row["stop"] for row in rows] == [16000, 0]
    assert [row["start"] for row in rows] == [0, 0]


@pytest.mark.parametrize(
    "cells, message",
    [
        ("long,0,9", r":2 has the duration 'long'"),
        ("inf,0,9", r":2 has the duration 'inf'"),
        ("0,0,9", r":2 has a duration of 0"),
        ("1,0.5,9", r":2 has the start '0.5'"),
        ("1,-1,9", r":2 has the start '-1'"),
        ("1,0,nan", r":2 has the stop 'nan'"),
        ("1,9,9", r":2 stops at sample 9, not after"),
        ("1,,0", r":2 stops at sample 0, not after"),
    ],
)
def test_what_is_no_span_is_refused(manifest, cells, message):
    with pytest.raises(ValueError, match=message):
        read_manifest(manifest(f"wav,duration,start,stop\n/a.wav,{cells}\n"))
