"""Collects noise for augmentation: recordings of MUSAN, or synthesised stand-ins.

A bank holds a few hundred equally long clips per kind in memory, on the
training device, so that mixing is one gather and no file is read in the step.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np
import soundfile
import torch

from sb_contrastive.data.audio.reading import read_span
from sb_contrastive.data.randomness import keyed_generator
from sb_contrastive.data.views.crops import repeat_to

KINDS = ("noise", "music", "babble")


def musan_bank(
    musan_folder, seed, clips=200, seconds=6.0, sample_rate=16000, epoch=1
):
    """Draws random pieces of MUSAN (https://www.openslr.org/17).

    Arguments
    ---------
    musan_folder : str
        Folder that holds `noise/`, `music/` and `speech/`.
    seed : int
        Which pieces.
    clips : int
        Pieces per kind.
    seconds : float
        Length of a piece.
    sample_rate : int
        Expected rate of the files.
    epoch : int
        Epoch: each has other pieces.

    Returns
    -------
    torch.Tensor
        [3, clips, samples], kinds in the order of `KINDS`; babble is the sum of
        three to seven speakers.
    """
    length = round(seconds * sample_rate)
    bank = []
    for kind, folder in zip(KINDS, ("noise", "music", "speech")):
        files = wav_files(Path(musan_folder, folder))
        if not files:
            raise FileNotFoundError(
                f"{Path(musan_folder, folder)} holds no .wav file: "
                f"musan_folder must be the folder with noise/, music/ and "
                f"speech/"
            )
        rng = keyed_generator(seed, "musan", kind, epoch)
        for _ in range(clips):
            voices = rng.integers(3, 8) if kind == "babble" else 1
            chosen = rng.choice(len(files), size=voices)
            bank.append(
                sum(_piece(files[i], length, sample_rate, rng) for i in chosen)
            )
    return _unit_power(np.stack(bank)).reshape(len(KINDS), clips, length)


def synthesised_bank(rows, seed, clips=64, seconds=4.0, sample_rate=16000):
    """Synthesises noise where no MUSAN is at hand: coloured noise, chords, and
    babble summed from the training utterances themselves.

    Arguments
    ---------
    rows : list of dict
        Manifest rows of the training part, the voices of the babble.
    seed : int
        Which clips.
    clips : int
        Clips per kind.
    seconds : float
        Length of a clip.
    sample_rate : int
        Samples per second.

    Returns
    -------
    torch.Tensor
        [3, clips, samples], kinds in the order of `KINDS`.
    """
    length = round(seconds * sample_rate)
    rng = keyed_generator(seed, "synthesised babble")

    @lru_cache(maxsize=64)  # of a small corpus each file is read once
    def speech(number):
        return _speech(rows[number], length)

    babble = []
    for _ in range(clips):
        voices = rng.integers(0, len(rows), size=rng.integers(3, 8)).tolist()
        babble.append(sum(_turned(speech(i), rng) for i in voices))
    made = _noise_and_music(seed, clips, length, sample_rate)
    bank = np.concatenate([made, np.stack(babble)])
    return _unit_power(bank).reshape(len(KINDS), clips, length)


@lru_cache(maxsize=1)  # the same for every fold, and a second's work
def _noise_and_music(seed, clips, length, sample_rate):
    rng = keyed_generator(seed, "synthesised noise")
    made = np.empty((2 * clips, length), np.float32)  # half of what they are in
    for clip in made[:clips]:
        clip[:] = _coloured(rng, length)
    for clip in made[clips:]:
        clip[:] = _chords(rng, length, sample_rate)
    return made


def wav_files(folder):
    """List the .wav files of a folder, at any depth, but hidden ones.

    Arguments
    ---------
    folder : pathlib.Path
        The folder.

    Returns
    -------
    tuple of pathlib.Path
    """
    found = sorted(folder.rglob("*.wav"))
    return tuple(f for f in found if not f.name.startswith("."))


def _piece(path, length, sample_rate, rng):
    info = soundfile.info(path)
    if info.samplerate != sample_rate or info.channels != 1:
        raise ValueError(
            f"{path} has {info.channels} channel(s) at {info.samplerate} Hz: "
            f"convert the noise corpus to mono at {sample_rate} Hz"
        )
    start = int(rng.integers(max(info.frames - length, 0) + 1))
    stop = min(start + length, info.frames)
    return _level(repeat_to(read_span(str(path), start, stop), length))


def _speech(row, length):
    start, stop = int(row["start"]), int(row["stop"])
    stop = min(stop, start + length)
    return repeat_to(read_span(row["wav"], start, stop), length)


def _turned(audio, rng):
    """Begins a voice anywhere: no two clips have the same babble."""
    return _level(np.roll(audio, rng.integers(len(audio))))


def _coloured(rng, length):
    """Makes noise of a random colour: power falls as 1/f^a, a from 0 to 2."""
    spectrum = np.fft.rfft(rng.standard_normal(length))
    spectrum[1:] /= np.arange(1, len(spectrum)) ** (rng.uniform(0, 2) / 2)
    spectrum[0] = 0
    return np.fft.irfft(spectrum, length)


def _chords(rng, length, sample_rate):
    """Makes four chords of decaying harmonic tones."""
    beat = length // 4
    t = np.arange(beat) / sample_rate
    bars = []
    for _ in range(4):
        root = 110 * 2 ** (rng.integers(24) / 12)
        bar = np.zeros(beat)
        for interval in (0, rng.choice([3, 4]), 7):
            pitch = root * 2 ** (interval / 12)
            for harmonic in range(1, 6):
                phase = rng.uniform(0, 2 * np.pi)
                tone = np.sin(2 * np.pi * pitch * harmonic * t + phase)
                bar += tone / harmonic**1.5
        bars.append(bar * np.exp(-2 * t))
    return np.resize(np.concatenate(bars), length)


def _level(audio):
    return audio / (np.sqrt(np.mean(audio**2)) + 1e-8)


def _unit_power(bank):
    bank = torch.from_numpy(bank).float()
    level = [clip.pow(2).mean().sqrt().clamp(min=1e-8) for clip in bank]
    return bank.div_(torch.stack(level)[:, None])
