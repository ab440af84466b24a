"""A trained model as one module that can be traced: waveform in, vectors out."""

import copy

import torch
from speechbrain.lobes.features import Fbank
from speechbrain.lobes.models.ECAPA_TDNN import AttentiveStatisticsPooling

from sb_contrastive.encoders.pooling.context import ContextPooling
from sb_contrastive.inference.network import FrontEnd, WithLengths
from sb_contrastive.onnx.log_mel import LogMel


class Graph(torch.nn.Module):
    """Offset, features, normalisation, network and classifier of a model, in
    evaluation mode and on the CPU.

    All rows are heard whole: nothing asks for lengths.

    Arguments
    ---------
    model : Model
        From `sb_contrastive.load`; it is left unchanged.

    Example
    -------
    >>> from sb_contrastive.encoders import UtteranceEncoder, XVector
    >>> from sb_contrastive.inference import Model
    >>> network = XVector(in_channels=40, lin_neurons=16)
    >>> model = Model(UtteranceEncoder(Fbank(n_mels=40), network, 16))
    >>> [output.shape for output in Graph(model)(torch.randn(2, 8000))]
    [torch.Size([2, 16])]
    """

    def __init__(self, model):
        super().__init__()
        encoder = copy.deepcopy(model.encoder).cpu()
        front_end, self.norm = encoder.compute_features, encoder.mean_var_norm
        if isinstance(front_end, FrontEnd):
            front_end, self.norm = (
                front_end.compute_features,
                front_end.mean_var_norm,
            )
        network = encoder.backbone
        if isinstance(network, WithLengths):
            network = network.embedding_model
        # In a list, for what stands in may be the whole of a part
        parts = torch.nn.ModuleList([front_end, network])
        self.features, self.network = with_stand_ins(parts)
        self.classifier = copy.deepcopy(model.classifier)
        self.cpu().eval()

    @property
    def outputs(self):
        """Names of the outputs, in their order."""
        return ["embedding", "posteriors"][: 1 + (self.classifier is not None)]

    def forward(self, wavs):
        """Embed waveforms, and name their posteriors where there are classes.

        Arguments
        ---------
        wavs : torch.Tensor
            [B, S].

        Returns
        -------
        tuple of torch.Tensor
            [B, D], and maybe [B, C].
        """
        # As every recording is read
        wavs = wavs - wavs.mean(dim=1, keepdim=True)
        features = self.features(wavs)
        if self.norm is not None:
            features = self.norm(features)
        embedding = self.network(features).flatten(1)
        if self.classifier is None:
            return (embedding,)
        return embedding, self.classifier(embedding).softmax(dim=-1)


def with_stand_ins(network):
    """Replace, in place, what runtimes lack by modules that compute the same.

    Arguments
    ---------
    network : torch.nn.Module
        Parts of a model.

    Returns
    -------
    torch.nn.Module
        The network.
    """
    for name, child in list(network.named_children()):
        if isinstance(child, Fbank) and not (child.deltas or child.context):
            setattr(network, name, LogMel(child))
        elif isinstance(child, AttentiveStatisticsPooling):
            setattr(network, name, ContextPooling(child))
        else:
            with_stand_ins(child)
    return network
