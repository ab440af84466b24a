"""Frames of a frozen encoder read from the cache against computed ones."""

import contextlib
import os
import tempfile
from pathlib import Path

import numpy as np
import soundfile
import torch
from bench_adapter import write_hubert

from ratios.interleaved import ratio, seconds_of
from sb_contrastive.data.features.cache import FeatureCache
from sb_contrastive.data.manifests.folder_scan import scan_folder
from sb_contrastive.encoders import HuggingFaceFrames

FILES, SECONDS = 8, 5.0
WIDTH, LAYERS = 384, 4  # of Whisper tiny


def measure(options):
    """Return one ratio."""
    with tempfile.TemporaryDirectory() as place:
        hubert, folder = Path(place, "hubert"), Path(place, "files")
        with open(os.devnull, "w") as nowhere:
            with contextlib.redirect_stderr(nowhere):
                write_hubert(hubert, WIDTH, LAYERS)
        folder.mkdir()
        rng = np.random.default_rng(0)
        for number in range(FILES):
            audio = 0.1 * rng.standard_normal(round(SECONDS * 16000))
            soundfile.write(folder / f"{number}.wav", audio, 16000)
        rows = scan_folder(folder)
        frames = HuggingFaceFrames("hubert", hubert).to(options.device)
        cache = FeatureCache(
            Path(place, "features"), frames, device=options.device
        )
        cache.build(rows, progressbar=False)

        def compute():
            with torch.no_grad():
                for row in rows:
                    wav, _ = soundfile.read(row["wav"], dtype="float32")
                    wav = torch.from_numpy(wav)[None].to(options.device)
                    frames(wav)

        def read():
            for _ in range(50):  # too short for the clock by itself
                for row in rows:
                    cache.crop(row["ID"], 0, None)

        taken = seconds_of({"compute": compute, "read": read}, options.rounds)
    taken["read"] = [seconds / 50 for seconds in taken["read"]]
    what = f"frames of a HuBERT of the size of Whisper tiny, {SECONDS:.0f} s"
    return [ratio(f"{what}: compute / read", taken, "compute", "read")]
