"""Segments lie where they should, and embeddings depend on nothing else."""

import numpy as np
import pytest
import soundfile
import torch
from speechbrain.lobes.features import Fbank
from speechbrain.lobes.models.Xvector import Xvector

from sb_contrastive.data.audio.reading import read_span
from sb_contrastive.encoders.utterance_encoder import UtteranceEncoder
from sb_contrastive.evaluation.embeddings.embed import embed
from sb_contrastive.evaluation.verification.segments import (
    embed_segments,
    parse_segments,
    segment_starts,
)

RATE = 16000
SECONDS = (0.9, 2.0, 0.5, 1.3, 0.2)


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """Noise of several lengths, in spans that begin inside their files."""
    folder = tmp_path_factory.mktemp("segments")
    rng = np.random.default_rng(0)
    rows = []
    for i, seconds in enumerate(SECONDS):
        path = folder / f"{i}.wav"
        samples = round(seconds * RATE)
        audio = 0.1 * rng.standard_normal(samples + 100)
        soundfile.write(path, audio, RATE, subtype="FLOAT")
        row = dict(ID=str(i), wav=str(path), start=100, stop=samples + 100)
        rows.append(row)
    return rows


@pytest.fixture(scope="module")
def encoder():
    torch.manual_seed(0)
    backbone = Xvector(
        in_channels=20,
        tdnn_channels=[16] * 5,
        lin_neurons=8,
    )
    return UtteranceEncoder(Fbank(n_mels=20), backbone, 8).train()


def slowly(encoder, row, count, seconds):
    """Embeddings [count, D] of segments cut and embedded one at a time."""
    audio = read_span(row["wav"], row["start"], row["stop"])
    length = round(seconds * RATE)
    while len(audio) < length:
        audio = np.concatenate([audio, audio[: length - len(audio)]])
    embeddings = []
    for i in range(count):
        start = round(i * (len(audio) - length) / (count - 1))
        piece = torch.from_numpy(audio[start : start + length])
        embeddings.append(encoder((piece - piece.mean())[None])[0])
    return torch.stack(embeddings)


@pytest.mark.parametrize("count, seconds", [(3, 0.4), (4, 1.0)])
@torch.no_grad()
def test_segments_agree_with_a_plain_loop(encoder, rows, count, seconds):
    encoder.eval()
    expected = torch.stack([slowly(encoder, r, count, seconds) for r in rows])
    encoder.train()
    pairwise = embed_segments(encoder, rows, f"{count}x{seconds}s_pairwise")
    assert pairwise.shape == (len(rows), count, 8)
    np.testing.assert_allclose(pairwise, expected, rtol=1e-4, atol=1e-4)
    mean = embed_segments(encoder, rows, f"{count}x{seconds}s_mean")
    np.testing.assert_allclose(mean, expected.mean(1), rtol=1e-4, atol=1e-4)
    assert encoder.training


@pytest.mark.parametrize("batch_size", [1, 6, 7, 1000])
def test_batch_size_and_neighbours_change_nothing(encoder, rows, batch_size):
    name = "3x0.4s_pairwise"
    expected = embed_segments(encoder, rows, name)
    found = embed_segments(encoder, rows[::-1], name, batch_size=batch_size)
    np.testing.assert_allclose(found[::-1], expected, rtol=1e-4, atol=1e-4)


def test_full_is_the_whole_utterance(encoder, rows):
    found = embed_segments(encoder, rows, "full")
    np.testing.assert_array_equal(found, embed(encoder, rows))


def test_segments_of_a_short_file_are_all_the_same(encoder, rows):
    segments = embed_segments(encoder, rows[4:], "3x0.5s_pairwise")[0]
    np.testing.assert_allclose(segments, segments[[0]].repeat(3, 0), atol=1e-4)


@pytest.mark.parametrize("samples", [400, 401, 999, 5000])
@pytest.mark.parametrize("count", [2, 3, 10])
def test_starts_are_even_and_reach_both_ends(samples, count):
    starts = segment_starts(samples, 400, count)
    assert (starts[0], starts[-1], len(starts)) == (0, samples - 400, count)
    assert np.ptp(np.diff(starts)) <= 1


def test_a_single_segment_is_the_middle():
    assert segment_starts(1000, 400, 1).tolist() == [300]
    assert segment_starts(100, 400, 2).tolist() == [0, 0]


@pytest.mark.parametrize(
    "name, expected",
    [
        ("full", (1, None, "full")),
        ("6x2s_mean", (6, 2.0, "mean")),
        ("10x3.5s_pairwise", (10, 3.5, "pairwise")),
        ("1x0.25s_mean", (1, 0.25, "mean")),
    ],
)
def test_names(name, expected):
    assert parse_segments(name) == expected


@pytest.mark.parametrize(
    "name, message",
    [
        ("ful", "not 'ful'; did you mean 'full'"),
        ("6x2_mean", "not '6x2_mean'; did you mean '6x2s_mean'"),
        ("6x2s", "segments are named like"),
        ("6x2s_mean ", "segments are named like"),
        ("0x2s_mean", "a count of at least 1"),
        ("6x0.0s_mean", "a length above 0"),
        (6, "segments are named like"),
    ],
)
def test_mistakes(name, message):
    with pytest.raises(ValueError, match=message):
        parse_segments(name)


def test_less_than_a_sample():
    with pytest.raises(ValueError, match="shorter than one sample"):
        embed_segments(None, [], "2x0.00001s_mean")
