"""Tells whether an encoder still gives the frames that it gave before."""

import hashlib
import json

import numpy as np
import torch

from sb_contrastive.files import write_atomically

FORMAT = 1
SAMPLE_RATE = 16000


def describe_encoder(encoder, window):
    """Collects what the frames of an encoder depend on as far as it is known.

    Arguments
    ---------
    encoder : FrozenFrames
        With a `fingerprint` of its weights and layer.
    window : int
        Longest stretch encoded at once, in samples.

    Returns
    -------
    description : dict
        Written beside the frames.
    name : str
        A hash of it, which names the folder.
    """
    description = {
        "format": FORMAT,
        "encoder": encoder.fingerprint(),
        "window_samples": window,
    }
    digest = hashlib.blake2b(json.dumps(description).encode(), digest_size=8)
    return description, digest.hexdigest()


@torch.no_grad()
def probe_encoder(encoder, device):
    """Encodes two seconds of noise, always the same.

    Returns
    -------
    frames : numpy.ndarray
        [T, D].
    frame_rate : int
        Frames per second.
    """
    generator = torch.Generator().manual_seed(0)
    noise = 0.1 * torch.randn(1, 2 * SAMPLE_RATE, generator=generator)
    frames = encoder.frames(noise.to(device))[0]
    half = encoder.frames(noise[:, :SAMPLE_RATE].to(device))[0]
    frame_rate = frames.shape[1] - half.shape[1]
    return frames[0].float().cpu().numpy(), frame_rate


def check_probe(folder, probe, description):
    """Compares frames of the noise with those of an earlier time, or keeps
    them where there are none.

    Weights do not tell everything: changes of settings and of library
    versions show in the frames.

    Arguments
    ---------
    folder : pathlib.Path
        Of this encoder.
    probe : numpy.ndarray
        [T, D], from `probe_encoder`.
    description : dict
        To be written beside the first frames.

    Raises
    ------
    ValueError
        When the frames differ.
    """
    path = folder / "probe.npy"
    if not path.is_file():
        text = json.dumps(description)
        write_atomically(folder / "encoder.json", lambda p: p.write_text(text))

        def write(partial):
            with open(partial, "wb") as file:
                np.save(file, probe, allow_pickle=False)

        write_atomically(path, write)
        return
    before = np.load(path, allow_pickle=False)
    same = before.shape == probe.shape
    # Devices and batches differ by less than float16 does
    if not same or np.linalg.norm(before - probe) > 0.01 * np.linalg.norm(
        before
    ):
        raise ValueError(
            f"the encoder has the weights that the features in {folder} were "
            f"computed with, but gives other frames: its settings or a library "
            f"have changed; delete that folder"
        )
