"""Chunks cover their recording, keep its columns, and are as long as asked for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sb_contrastive.data.views.chunks import chunk_rows


@settings(deadline=None, max_examples=80)
@given(
    st.integers(0, 50),
    st.integers(1, 400),
    st.integers(1, 90),
    st.integers(1, 90),
)
def test_chunks_cover_the_recording(start, samples, length, hop):
    hop = min(hop, length)
    row = {"ID": "S1", "start": start, "stop": start + samples, "fold": "2"}
    chunks = chunk_rows([row], length, hop, sample_rate=1)
    heard = set()
    for chunk in chunks:
        assert chunk["stop"] - chunk["start"] == min(length, samples)
        assert chunk["duration"] == min(length, samples)
        assert chunk["fold"] == "2"
        heard.update(range(chunk["start"], chunk["stop"]))
    assert heard == set(range(start, start + samples))
    assert len({chunk["ID"] for chunk in chunks}) == len(chunks)
    starts = [chunk["start"] for chunk in chunks]
    assert starts == sorted(set(starts))
    assert all(b - a == hop for a, b in zip(starts, starts[1:-1]))


@pytest.mark.parametrize("seconds, hop", [(0, 1), (2, 0), (2, -1)])
def test_no_chunk_is_refused(seconds, hop):
    with pytest.raises(ValueError, match="both are above 0"):
        chunk_rows([], seconds, hop)
