"""Vectors of utterances by a frozen encoder: statistics of its frames, or its embedding."""

from functools import partial

import torch

from sb_contrastive.device import run_device
from sb_contrastive.encoders.frames import EncoderFrames
from sb_contrastive.encoders.frozen.network import hash_of
from sb_contrastive.encoders.pooling.layer_statistics import LayerStatistics
from sb_contrastive.encoders.utterance_encoder import (
    FRONT_END,
    UtteranceEncoder,
)
from sb_contrastive.encoders.weights import load_weights
from sb_contrastive.ranges import Count
from sb_contrastive.suggestions import check_choice
from sb_contrastive.systems.exported import encoder_text, pooled_encoder_text

WINDOW = 120 * 16000  # longer utterances are embedded in parts


def encoder_vectors(
    experiment,
    start,
    first,
    /,
    reads: str = "frames",
    pooled_layers: list[int] | None = None,
    parts: Count = 1,
    *,
    encoder,
):
    """Describe utterances by the encoder of the experiment.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    start : pathlib.Path or None
        Weights of the encoder; those that it has when absent.
    first : bool
        Whether the weights are of an encoder, not of the modules of a step;
        their names tell as much.
    reads : str
        "frames": mean and standard deviation of the encoder's frames, of all
        layers that its front end gives side by side. "embedding": what the
        encoder makes of an utterance, which a step that trains it can go on
        with.
    pooled_layers : list of int, optional
        Layers that are read, see `LayerStatistics`.
    parts : int
        Parts of the time whose means are read too, see `LayerStatistics`.
    encoder : UtteranceEncoder
        The encoder; nothing trains it.

    Returns
    -------
    EncoderVectors
    """
    check_choice("reads", reads, ("frames", "embedding"))
    if start is not None:
        load_weights(encoder, start)
    describe = partial(encoder_text, experiment)
    if reads == "frames":
        encoder, statistics = pooled(encoder, pooled_layers, parts)
        own = isinstance(encoder.compute_features, EncoderFrames)
        describe = partial(pooled_encoder_text, experiment, statistics, not own)
    device = run_device(experiment.run_opts)
    return EncoderVectors(encoder, device, describe)


def pooled(encoder, pooled_layers=None, parts=1):
    """Put statistics of an encoder's frames in the place of its backbone.

    Arguments
    ---------
    encoder : UtteranceEncoder
        An encoder with a `frame_layer`, whose parts are shared.
    pooled_layers, parts
        See `LayerStatistics`.

    Returns
    -------
    encoder : UtteranceEncoder
        Without anything that its frames do not depend on.
    statistics : dict
        The arguments of its `LayerStatistics`.
    """
    front_end = EncoderFrames(encoder)
    if encoder.frame_layer == FRONT_END and encoder.mean_var_norm is None:
        front_end = encoder.compute_features
    with torch.no_grad():
        encoder.eval()
        dim = front_end(torch.zeros(1, 16000)).shape[-1]
    layers = dim // getattr(front_end, "state_dim", dim)
    statistics = {"dim": dim, "layers": layers, "picked": pooled_layers}
    if parts > 1:
        statistics["parts"] = parts
    pooling = LayerStatistics(**statistics)
    return (
        UtteranceEncoder(front_end, pooling, pooling.output_dim),
        {**statistics, "picked": pooling.picked},
    )


class EncoderVectors:
    """Gives vectors of utterances by an encoder, each without padding.

    Arguments
    ---------
    encoder : UtteranceEncoder
        The encoder, in evaluation mode from now on.
    device : str or torch.device
        Where it computes.
    description : callable
        Gives a YAML whose value `encoder` builds it.
    """

    def __init__(self, encoder, device="cpu", description=None):
        self.encoder = encoder.requires_grad_(False).eval()
        self.device, self.description = device, description
        self.dim = encoder.embedding_dim

    def identity(self):
        """Return what the vectors depend on, as far as it is known."""
        digest = hash_of(self.encoder.state_dict(), repr(self.encoder))
        return {"kind": "encoder", "encoder": digest.hex()}

    @torch.no_grad()
    def vector(self, wav):
        """Embed samples [S] as [D], in float32; the parts of a very long
        utterance are averaged.

        Arguments
        ---------
        wav : numpy.ndarray
            Samples at 16 kHz.

        Returns
        -------
        numpy.ndarray
        """
        encoder = self.encoder.to(self.device)
        wav = torch.from_numpy(wav)[None].to(self.device)  # [1, S]
        parts = -(-wav.shape[1] // WINDOW)  # rounded up
        with torch.autocast(wav.device.type, enabled=False):
            vectors = [encoder(w) for w in wav.tensor_split(parts, dim=1)]
        return torch.cat(vectors).mean(dim=0).cpu().numpy()
