"""Headers of many files are read in order."""

import sys

import numpy as np
import soundfile

from sb_contrastive.data.audio.headers import read_headers


def test_headers_come_in_order_whatever_the_number(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    paths = []
    for i in range(7):
        paths.append(str(tmp_path / f"{i}.wav"))
        soundfile.write(paths[-1], np.zeros((i + 1, 1 + i % 2)), 8000 + i)
    headers = read_headers(paths * 100, jobs=3)
    assert "headers: " in capsys.readouterr().err
    assert len(headers) == 700
    for i, header in enumerate(headers):
        k = i % 7
        assert header == (k + 1, 8000 + k, 1 + k % 2, "PCM_16", "")
    assert list(read_headers([])) == []
