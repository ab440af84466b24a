"""Speech and pauses of recordings: found at any level, across blocks, and never both."""

import numpy as np
import pytest
import soundfile

from sb_contrastive.data.audio.pauses import find_speech
from sb_contrastive.data.audio.silence import BLOCK


def recording(path, parts, level=0.1):
    """Tone (True) and near silence, each of the given seconds."""
    rng = np.random.default_rng(0)
    pieces = [
        (level if loud else level / 1000) * rng.normal(size=round(s * 16000))
        for loud, s in parts
    ]
    soundfile.write(path, np.concatenate(pieces), 16000, subtype="FLOAT")
    return str(path)


def seconds(spans):
    return [(a / 16000, b / 16000) for _, a, b in spans]


@pytest.mark.parametrize("level", [0.5, 0.001])
def test_speech_has_half_a_margin_and_pauses_lack_all_of_it(tmp_path, level):
    parts = [(False, 1), (True, 2), (False, 1), (True, 1)]
    wav = recording(tmp_path / "a.wav", parts, level)
    speech, pauses = find_speech([(wav, 0, 80000)])
    assert seconds(speech) == [(0.95, 3.05), (3.95, 5.0)]
    assert seconds(pauses) == [(0.0, 0.9), (3.1, 3.9)]


def test_a_closure_is_no_pause(tmp_path):
    wav = recording(tmp_path / "a.wav", [(True, 1), (False, 0.1), (True, 1)])
    speech, pauses = find_speech([(wav, 0, 33600)])
    assert seconds(speech) == [(0.0, 2.1)] and not pauses


def test_blocks_leave_no_seam(tmp_path):
    long = (2 * BLOCK + 4000) / 16000
    wav = recording(tmp_path / "a.wav", [(True, long), (False, 1)])
    speech, pauses = find_speech([(wav, 0, 2 * BLOCK + 20000)])
    assert seconds(speech) == [(0.0, long + 0.05)]
    assert seconds(pauses) == [(long + 0.1, long + 1)]


def test_the_threshold_is_that_of_all_spans(tmp_path):
    # A span of pauses alone has no speech, however loud its loudest frame
    wav = recording(tmp_path / "a.wav", [(True, 2), (False, 2)])
    speech, _ = find_speech([(wav, 0, 32000), (wav, 36000, 64000)])
    assert seconds(speech) == [(0.0, 2.0)]
    assert seconds(find_speech([(wav, 36000, 64000)])[0]) == [(2.25, 4.0)]


def test_speech_and_pauses_share_no_sample(tmp_path):
    rng = np.random.default_rng(1)
    parts = [(bool(k % 2), rng.uniform(0.05, 0.6)) for k in range(30)]
    wav = recording(tmp_path / "a.wav", parts)
    total = soundfile.info(wav).frames
    heard = np.zeros(total, int)
    for spans in find_speech([(wav, 100, total)]):
        for _, start, stop in spans:
            assert 100 <= start < stop <= total
            heard[start:stop] += 1
    assert heard.max() == 1 and not heard[:100].any()
