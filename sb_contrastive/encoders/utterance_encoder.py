"""One interface for every encoder: waveforms in, one embedding per utterance out."""

import torch

from sb_contrastive.encoders.padding.batches import check_batch
from sb_contrastive.encoders.padding.equal_lengths import (
    frames_without_padding,
    groups_of_equal_length,
    padded_frames,
)
from sb_contrastive.encoders.padding.idle import remove_idle_padding
from sb_contrastive.encoders.pooling.context import replace_context_pooling
from sb_contrastive.encoders.pooling.statistics import replace_noisy_pooling
from sb_contrastive.encoders.sample_rate import (
    SAMPLE_RATE,
    check_sample_rate,
)
from sb_contrastive.encoders.submodules import outputs_of, submodule
from sb_contrastive.ranges import Count, Positive

FRONT_END = "compute_features"  # the frame_layer of frames from the front end


class UtteranceEncoder(torch.nn.Module):
    """Features, normalisation and a backbone behind one call.

    Backbones differ in the name of their length argument, in the shape of their
    output, [B, D] or [B, 1, D], and in how much padding changes their result.
    Here, rows of different length never meet in one pass: the batch is split
    into groups of equal length and the padding is cut off, so an utterance has
    one embedding, alone or in any batch, whatever the backbone does with
    lengths. Training crops have one length and take one pass.

    Arguments
    ---------
    compute_features : torch.nn.Module
        [B, S] -> [B, T, F], e.g. `speechbrain.lobes.features.Fbank`.
    backbone : torch.nn.Module
        [B, T, F] -> [B, D] or [B, 1, D], e.g. SpeechBrain's `ECAPA_TDNN`.
    embedding_dim : int, optional
        D; the backbone's own `embedding_dim` when absent.
    mean_var_norm : torch.nn.Module, optional
        Called as (features, relative lengths); usually a per-utterance
        `InputNormalization`.
    affine : list of str
        Names of the backbone's submodules that make the embedding from the
        pooled frames; the first step of staged fine-tuning trains these alone.
    frame_layer : str, optional
        Name of the backbone's submodule whose output `frames` returns, or
        "compute_features" for the output of the front end.
    frame_axis : int
        The axis of that output that is time, such as the last of [B, C, T].
    sample_rate : int
        Rate of the waveforms in Hz. Features that are made for another one are
        refused: their filters would lie at the wrong frequencies.

    Example
    -------
    >>> from speechbrain.lobes.features import Fbank
    >>> from speechbrain.lobes.models.Xvector import Xvector
    >>> encoder = UtteranceEncoder(
    ...     Fbank(n_mels=40), Xvector(in_channels=40, lin_neurons=16), 16
    ... )
    >>> encoder(torch.randn(2, 16000)).shape
    torch.Size([2, 16])
    """

    def __init__(
        self,
        compute_features,
        backbone,
        embedding_dim: Count | None,
        mean_var_norm=None,
        affine=(),
        frame_layer=None,
        frame_axis=-1,
        sample_rate: Positive = SAMPLE_RATE,
    ):
        super().__init__()
        if getattr(mean_var_norm, "norm_type", None) == "global":
            raise ValueError(
                "InputNormalization keeps its global statistics out of the "
                "checkpoint: use norm_type sentence in the encoder's YAML"
            )
        check_sample_rate(compute_features, sample_rate)
        check_sample_rate(backbone, sample_rate)
        self.compute_features = compute_features
        for improve in (
            replace_noisy_pooling,
            replace_context_pooling,
            remove_idle_padding,
        ):
            backbone = improve(backbone)
        self.backbone = backbone
        self.mean_var_norm = mean_var_norm
        if embedding_dim is None:
            embedding_dim = getattr(backbone, "embedding_dim", None)
        self.embedding_dim = embedding_dim
        self.sample_rate = sample_rate
        self.affine = tuple(affine)
        self.frame_layer = frame_layer
        self.frame_axis = frame_axis
        # An unknown name is refused here, before anything is trained
        for name in self.affine:
            submodule(backbone, name)
        if frame_layer not in (None, FRONT_END):
            submodule(backbone, frame_layer)

    def forward(self, wavs, wav_lens=None):
        """Embed a batch.

        Arguments
        ---------
        wavs : torch.Tensor
            Waveforms [B, S], padded at the right; or the frames [B, T, D'] that
            `lower_frames` has made of them, where the front end is a pretrained
            network of which the upper layers are trained.
        wav_lens : torch.Tensor, optional
            Valid share of each row [B], in (0, 1]; all valid when absent.

        Returns
        -------
        torch.Tensor
            Embeddings [B, D].

        Raises
        ------
        ValueError
            When there is not one length for each row, or one is no share.
        """
        takes_frames = hasattr(self.compute_features, "upper")
        frames = takes_frames and wavs.dim() == 3
        check_batch(wavs[..., 0] if frames else wavs, wav_lens)
        rows, outputs = [], []
        for group, equal in groups_of_equal_length(wavs, wav_lens):
            rows.append(group)
            outputs.append(self._embed(equal))
        if len(rows) == 1:
            return outputs[0]
        order = torch.cat(rows).argsort()
        return torch.cat(outputs)[order]

    def frames(self, wavs, wav_lens=None):
        """Return the output of `frame_layer`, for models on top of a frozen encoder.

        Arguments
        ---------
        wavs : torch.Tensor
            Waveforms [B, S], padded at the right.
        wav_lens : torch.Tensor, optional
            Valid share of each row [B].

        Returns
        -------
        tuple of torch.Tensor
            Frames [B, T, D'] (zeros after the end of a row) and the valid share
            of each row [B].
        """
        if self.frame_layer is None:
            raise ValueError(
                f"frames() needs the name of a layer of "
                f"{type(self.backbone).__name__}: give frame_layer in the "
                f"encoder's YAML"
            )
        if self.frame_layer == FRONT_END:
            return self._front_end_frames(wavs, wav_lens)
        rows = []
        with outputs_of(submodule(self.backbone, self.frame_layer)) as outputs:
            for group, equal in groups_of_equal_length(wavs, wav_lens):
                rows.append(group)
                self._embed(equal)
        # Time comes first, then channels, together with the bins of a 2-D layer
        frames = [x.movedim(self.frame_axis, 1).flatten(2) for x in outputs]
        return padded_frames(rows, frames)

    def affine_modules(self):
        """Return the submodules named in `affine`.

        Returns
        -------
        list of torch.nn.Module
        """
        return [submodule(self.backbone, name) for name in self.affine]

    def is_affine(self, name):
        """Tell whether a name in `state_dict` belongs to a submodule in `affine`.

        Arguments
        ---------
        name : str
            E.g. "backbone.fc.conv.weight".

        Returns
        -------
        bool
        """
        return name.startswith(tuple(f"backbone.{n}." for n in self.affine))

    def _front_end_frames(self, wavs, wav_lens):
        if self.mean_var_norm is None and hasattr(
            self.compute_features, "frames"
        ):
            # The front end itself knows whether it can mask padding in one pass
            return self.compute_features.frames(wavs, wav_lens)
        return frames_without_padding(self._features, wavs, wav_lens)

    def _embed(self, wavs):
        return self._as_rows(self.backbone(self._features(wavs)))

    def _features(self, wavs):
        lens = torch.ones(len(wavs), device=wavs.device)
        if wavs.dim() == 3:  # the frozen layers have made frames of them
            features = self.compute_features.upper(wavs.float())
            return self._normalised(features, lens)
        if getattr(self.compute_features, "mixed_precision", False):
            features = self.compute_features(wavs.float())
            return self._normalised(features, lens)
        # Half precision is too coarse for log-mels, which reach -80 dB
        with torch.autocast(wavs.device.type, enabled=False):
            features = self.compute_features(wavs.float())
            return self._normalised(features, lens)

    def _normalised(self, features, lens):
        if self.mean_var_norm is None:
            return features
        return self.mean_var_norm(features, lens)

    def _as_rows(self, embeddings):
        """Turn [B, 1, D] or [B, D] into [B, D], and refuse other shapes."""
        if embeddings.dim() == 3 and embeddings.shape[1] == 1:
            embeddings = embeddings.squeeze(1)
        D = self.embedding_dim
        if embeddings.dim() != 2 or D not in (None, embeddings.shape[1]):
            raise ValueError(
                f"{type(self.backbone).__name__} put out "
                f"{list(embeddings.shape)}, and not one embedding of "
                f"{D or 'some'} dimensions for each utterance: mend the "
                f"module, or embedding_dim in the encoder's YAML"
            )
        return embeddings
