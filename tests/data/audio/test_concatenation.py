"""Joined pieces are the pieces, faded, in order, whatever the block."""

import numpy as np
import soundfile

from sb_contrastive.data.audio.concatenation import FADE, concatenate
from sb_contrastive.data.audio.silence import BLOCK


def test_pieces_come_in_order_and_fade_at_both_ends(tmp_path):
    audio = np.random.default_rng(0).uniform(-0.5, 0.5, 2 * BLOCK + 999)
    soundfile.write(tmp_path / "a.wav", audio, 16000, subtype="PCM_16")
    wav = str(tmp_path / "a.wav")
    spans = [(50000, 60000), (7, 2 * BLOCK + 500), (3, 3 + FADE)]
    samples = concatenate([(wav, a, b) for a, b in spans], tmp_path / "b.wav")
    joined, rate = soundfile.read(tmp_path / "b.wav")
    assert rate == 16000 and len(joined) == samples
    wanted = []
    for a, b in spans:
        gain = np.ones(b - a)
        for k in range(min(FADE, b - a)):
            gain[k] = min(gain[k], (k + 0.5) / FADE)
            gain[-1 - k] = min(gain[-1 - k], (k + 0.5) / FADE)
        wanted.append(audio[a:b] * gain)
    np.testing.assert_allclose(joined, np.concatenate(wanted), atol=1e-4)
