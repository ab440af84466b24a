"""Damaged audio is found before training, or it can be read to its end."""

import math

import numpy as np
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from sb_contrastive.data.audio.check import check_audio
from sb_contrastive.data.audio.reading import read_span
from sb_contrastive.data.manifests.folder_scan import scan_folder

FORMATS = st.sampled_from(
    [
        ("wav", "PCM_16"),
        ("wav", "FLOAT"),
        ("wav", "PCM_U8"),
        ("flac", "PCM_16"),
        ("ogg", "VORBIS"),
    ]
)


@st.composite
def damaged(draw):
    """A suffix and the bytes of a file that was written well, then cut short,
    or changed in a byte or two of its header."""
    suffix, subtype = draw(FORMATS)
    rate = draw(st.sampled_from([8000, 16000, 22050]))
    channels = draw(st.sampled_from([1, 1, 2]))
    samples = draw(st.sampled_from([0, 1, 2, 900]))
    whole = (suffix, subtype, rate, channels, samples)
    cut = draw(st.floats(0, 1))
    changes = draw(
        st.lists(st.tuples(st.integers(0, 60), st.integers(0, 255)), max_size=2)
    )
    return (
        whole,
        draw(st.sampled_from(["cut", "changed", "whole"])),
        cut,
        changes,
    )


@settings(max_examples=80, deadline=None)
@given(damaged())
def test_a_sentence_or_all_of_its_samples(tmp_path_factory, sentence, case):
    (suffix, subtype, rate, channels, samples), how, cut, changes = case
    folder = tmp_path_factory.mktemp("audio")
    path = folder / f"a.{suffix}"
    noise = 0.1 * np.random.default_rng(0).standard_normal((samples, channels))
    soundfile.write(path, noise, rate, subtype)
    content = bytearray(path.read_bytes())
    if how == "cut":
        content = content[: int(cut * len(content))]
    elif how == "changed":
        for place, value in changes:
            if place < len(content):
                content[place] = value
    path.write_bytes(content)

    def use():
        return check_audio(
            scan_folder(folder), converted_folder=folder / "converted"
        )

    rows, said = sentence(use)
    if said:
        assert "a." + suffix in said
        assert not list(folder.glob("converted/.*"))  # nothing half written
        return
    (row,) = rows
    audio = _decoded(row)
    assert np.isfinite(audio).all()
    if how == "whole":
        assert len(audio) == math.ceil(samples * 16000 / rate)


def _decoded(row):
    """All of it, or the sentence of a file whose header promises more than it
    has: only decoding shows that, and the first epoch does."""
    try:
        audio = read_span(row["wav"], row["start"], row["stop"])
    except ValueError as error:
        assert row["wav"] in str(error) and "ends before" in str(error)
        return np.zeros(1)
    assert len(audio) == row["stop"] - row["start"]
    return audio
