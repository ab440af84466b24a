"""SpeechBrain's augmentation against ours, where each crop of a batch has draws of its own."""

import csv
import tempfile
from pathlib import Path

import numpy as np
import soundfile
import torch
from speechbrain.augment.time_domain import AddNoise, AddReverb, SpeedPerturb

from ratios.interleaved import ratio, seconds_of
from sb_contrastive.data.augmentation import Augmentation

RATE, BATCH, SECONDS = 16000, 32, 3.0
CLIPS = 40  # of noise, and room responses, on the disk


def measure(options):
    """Return one ratio for each kind of change, and one for all of them."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_clips(folder)
        wavs = 0.1 * torch.randn(BATCH, round(SECONDS * RATE))
        wavs = wavs.to(options.device)
        ways = {}
        for kind in ("noise", "rooms", "speed"):
            ways[f"SpeechBrain's {kind}"] = theirs(kind, folder, wavs)
            ways[f"our {kind}"] = ours(kind, folder, wavs)
        taken = seconds_of(ways, options.rounds)
    return [
        ratio(
            f"{kind}, {BATCH} crops of {SECONDS:.0f} s: SpeechBrain / ours",
            taken,
            f"SpeechBrain's {kind}",
            f"our {kind}",
        )
        for kind in ("noise", "rooms", "speed")
    ]


def write_clips(folder):
    """Write clips of noise in MUSAN's folders, room responses, and the tables
    that SpeechBrain reads."""
    rng = np.random.default_rng(0)
    for kind in ("noise", "music", "speech"):
        (folder / "musan" / kind).mkdir(parents=True)
    (folder / "rooms").mkdir()
    noises, rooms = [], []
    for i in range(CLIPS):
        kind = ("noise", "music", "speech")[i % 3]
        noises.append(folder / "musan" / kind / f"{i}.wav")
        noise = 0.1 * rng.standard_normal(5 * RATE)
        soundfile.write(noises[-1], noise, RATE)
        rooms.append(folder / "rooms" / f"{i}.wav")
        decay = np.exp(-np.arange(RATE // 2) / 1600)
        response = decay * rng.standard_normal(RATE // 2)
        soundfile.write(rooms[-1], 0.9 * response / abs(response).max(), RATE)
    for name, files, seconds in (("noises", noises, 5), ("rooms", rooms, 0.5)):
        with open(folder / f"{name}.csv", "w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["ID", "duration", "wav", "wav_format", "wav_opts"])
            table.writerows([f.stem, seconds, f, "wav", ""] for f in files)


def theirs(kind, folder, wavs):
    """Return a function that gives SpeechBrain one crop after the other: in one
    call it draws a room, a speed, and whether there is noise, once for all."""
    one = torch.ones(1, device=wavs.device)
    if kind == "noise":
        add = AddNoise(
            str(folder / "noises.csv"),
            snr_low=0,
            snr_high=18,
            noise_sample_rate=RATE,
        ).to(wavs.device)
        return lambda: [add(wav[None], one) for wav in wavs]
    if kind == "rooms":
        add = AddReverb(str(folder / "rooms.csv")).to(wavs.device)
        return lambda: [add(wav[None]) for wav in wavs]
    change = SpeedPerturb(RATE, [90, 110]).to(wavs.device)
    return lambda: [change(wav[None]) for wav in wavs]


def ours(kind, folder, wavs):
    """Return a function that changes every crop of the batch on its own."""
    augment = Augmentation(
        seed=0,
        noise_probability=float(kind == "noise"),
        reverb_probability=float(kind == "rooms"),
        speeds=[0.9, 1.1] if kind == "speed" else None,
        musan_folder=str(folder / "musan") if kind == "noise" else None,
        rir_folder=str(folder / "rooms") if kind == "rooms" else None,
        clips=CLIPS,
        responses=CLIPS,
        room_shares=None,
        renewed=False,
    )
    augment.prepare([], wavs.device)
    names = [str(i) for i in range(len(wavs))]
    views = [0] * len(wavs)
    return lambda: augment(wavs, names, views, 1)
