"""Collects room impulse responses for augmentation: recordings, or simulated stand-ins."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import soundfile
import torch

from sb_contrastive.data.augmentation.noise import wav_files
from sb_contrastive.data.randomness import keyed_generator

# Cho et al. draw small, medium and real rooms equally often; of the files of
# RIRS_NOISES, one in two hundred is of a real room
SHARES = {"smallroom": 1, "mediumroom": 1, "real_rirs_isotropic_noises": 1}


def recorded_rooms(
    rir_folder,
    seed,
    rooms=300,
    seconds=1.0,
    sample_rate=16000,
    shares=None,
    epoch=1,
):
    """Reads impulse responses from a folder such as OpenSLR 28's RIRS_NOISES.

    Arguments
    ---------
    rir_folder : str
        Searched for .wav files at any depth; the first channel is used.
    seed : int
        Which files, when there are more than `rooms`.
    rooms : int
        How many to keep in memory.
    seconds : float
        Length kept of each response, from its direct sound on.
    sample_rate : int
        Expected rate of the files.
    shares : dict of str to float, optional
        Share of the bank by the name of a folder somewhere above its files;
        files in none of these folders are left out. When absent, `SHARES`,
        those of Cho et al., where all of their folders are there; else all
        files count alike.
    epoch : int
        Epoch: each has other rooms, when there are more than `rooms`.

    Returns
    -------
    torch.Tensor
        [rooms, samples], the largest absolute value of each is 1.
    """
    # RIRS_NOISES has recordings of noise beside those of rooms
    files = [
        f
        for f in wav_files(Path(rir_folder))
        if "pointsource_noises" not in f.parts and "_noise_" not in f.name
    ]
    if not files:
        raise FileNotFoundError(
            f"rir_folder {rir_folder} holds no .wav file; leave rir_folder "
            f"empty to use simulated rooms"
        )
    rng = keyed_generator(seed, "rooms", epoch)
    bank = []
    for path in _chosen(files, rooms, shares, rng):
        audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
        if rate != sample_rate:
            raise ValueError(
                f"{path} is at {rate} Hz: convert the room responses to "
                f"{sample_rate} Hz"
            )
        bank.append(_trim(audio[:, 0], round(seconds * sample_rate)))
    return torch.from_numpy(np.stack(bank))


def _chosen(files, rooms, shares, rng):
    """Draw files: as many of each group as its share says, none twice if there
    are enough."""
    wanted = {n: s for n, s in (shares or SHARES).items() if s > 0}
    groups = {n: [f for f in files if n in f.parts] for n in wanted}
    lacking = [name for name, found in groups.items() if not found]
    if lacking and shares:
        raise ValueError(
            f"room_shares names {lacking[0]}, but rir_folder has no .wav file "
            f"in a folder of that name: mend the name or leave it out"
        )
    if lacking:
        groups, wanted = {"": files}, {"": 1}
        rooms = min(rooms, len(files))
    ends = np.cumsum(list(wanted.values()))
    ends = np.rint(rooms * ends / ends[-1]).astype(int)
    chosen = []
    for found, count in zip(groups.values(), np.diff(ends, prepend=0)):
        twice = count > len(found)
        drawn = rng.choice(len(found), size=count, replace=bool(twice))
        chosen += [found[i] for i in sorted(drawn)]
    return chosen


def simulated_rooms(seed, rooms=100, seconds=0.5, sample_rate=16000):
    """Simulates rooms where no recordings are at hand: a direct sound, a few
    early echoes and a tail of noise that decays by 60 dB in 0.15 to 0.8 s.

    Arguments
    ---------
    seed : int
        Which rooms.
    rooms : int
        How many.
    seconds : float
        Length of a response.
    sample_rate : int
        Samples per second.

    Returns
    -------
    torch.Tensor
        [rooms, samples], the largest absolute value of each is 1.
    """
    length = round(seconds * sample_rate)
    return torch.from_numpy(_responses(seed, rooms, length, sample_rate).copy())


@lru_cache(maxsize=1)  # the same for every fold and training step
def _responses(seed, rooms, length, sample_rate):
    t = np.arange(length) / sample_rate
    bank = []
    for room in range(rooms):
        rng = keyed_generator(seed, "room", room)
        decay = np.exp(-np.log(1000) * t / rng.uniform(0.15, 0.8))
        tail = rng.standard_normal(length) * decay
        tail *= rng.uniform(0.02, 0.15)  # distance: direct against diffuse
        tail[: round(0.002 * sample_rate)] = 0
        for delay in rng.uniform(0.003, 0.04, size=6):  # walls
            tail[int(delay * sample_rate)] += rng.uniform(-0.5, 0.5)
        tail[0] = 1.0
        bank.append(_trim(tail.astype(np.float32), length))
    return np.stack(bank)


def _trim(response, length):
    """Cuts a response before its direct sound (the peak), so that speech is not delayed."""
    peak = int(np.abs(response).argmax())
    piece = response[peak : peak + length]
    piece = np.pad(piece, (0, length - len(piece)))
    return (piece / max(np.abs(piece).max(), 1e-8)).astype(np.float32)
