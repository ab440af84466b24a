"""Compares an ONNX file with the model that it was written from."""

import numpy as np
import torch

MOST = 1e-4  # of the cosine of two embeddings, and of a posterior
LENGTHS = ((2, 0.3), (1, 1.017), (3, 4.0))  # rows, seconds


def check_same(model, outputs, path):
    """Run a file and its model on noise of several lengths and numbers of rows.

    Arguments
    ---------
    model : Model
        From `sb_contrastive.load`.
    outputs : list of str
        Names of the outputs of the file.
    path : str or pathlib.Path
        The file.

    Returns
    -------
    float
        The largest difference: 1 less the cosine of two embeddings, or of a
        posterior.

    Raises
    ------
    ValueError
        When it is above `MOST`.
    """
    import onnxruntime

    session = onnxruntime.InferenceSession(
        str(path), providers=["CPUExecutionProvider"]
    )
    rng, worst = np.random.default_rng(0), 0.0
    for rows, seconds in LENGTHS:
        wavs = _speech_like(rng, rows, round(seconds * model.sample_rate))
        found = session.run(outputs, {session.get_inputs()[0].name: wavs})
        for name, ours, theirs in zip(outputs, _expected(model, wavs), found):
            worst = max(worst, difference(name, ours, theirs))
    if not worst <= MOST:
        raise ValueError(
            f"the ONNX file would differ from the model by {worst:.2g}, more "
            f"than {MOST:g}: it was not written"
        )
    return worst


def difference(name, ours, theirs):
    """Measure how far apart two outputs are.

    Arguments
    ---------
    name : str
        "embedding" or "posteriors".
    ours, theirs : numpy.ndarray
        [B, D] or [B, C].

    Returns
    -------
    float

    Example
    -------
    >>> a = np.array([[1.0, 0.0]])
    >>> difference("embedding", a, 2 * a), difference("posteriors", a, a[:, ::-1])
    (0.0, 1.0)
    """
    if name == "posteriors":
        return float(np.abs(ours - theirs).max())
    lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
    return float((1 - (ours * theirs).sum(axis=1) / lengths).max())


@torch.no_grad()
def _expected(model, wavs):
    """Compute what the model itself gives for waveforms [B, S]."""
    wavs = torch.from_numpy(wavs).to(model.device)
    embedding = model.encoder(wavs)
    yield embedding.cpu().double().numpy()
    if model.classifier is not None:
        yield model.classifier(embedding).softmax(dim=-1).cpu().numpy()


def _speech_like(rng, rows, samples):
    """Draw noise that is loud and quiet, low and high by turns."""
    noise = rng.standard_normal((rows, samples)).cumsum(axis=1)
    noise = np.diff(noise, axis=1, prepend=0) + 0.05 * noise
    swell = 0.02 + np.sin(np.linspace(0, 9, samples)) ** 2
    wavs = 0.05 * noise * swell
    return (wavs - wavs.mean(axis=1, keepdims=True)).astype(np.float32)
