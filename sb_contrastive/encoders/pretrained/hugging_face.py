"""HuBERT, wav2vec 2.0 and WavLM checkpoints from Hugging Face as front ends."""

import torch
from torch.nn import functional as F

from sb_contrastive.encoders.padding.equal_lengths import (
    frames_without_padding,
)
from sb_contrastive.encoders.padding.valid_frames import valid_counts
from sb_contrastive.encoders.pretrained.checkpoint import WRAPPERS, load_wrapper
from sb_contrastive.encoders.pretrained.frames import PretrainedFrames
from sb_contrastive.encoders.pretrained.hidden_states import hidden_states
from sb_contrastive.encoders.pretrained.layer_by_layer import (
    outputs_of_layers,
)
from sb_contrastive.encoders.pretrained.layout import wav2vec2_layout
from sb_contrastive.ranges import Count
from sb_contrastive.suggestions import check_choice


class HuggingFaceFrames(PretrainedFrames):
    """Frames of a HuBERT, wav2vec 2.0 or WavLM model, loaded by SpeechBrain's
    wrapper; frozen, or tuned as `tuning` says.

    Padding changes no frame. Models that mask it well (most large ones) take a
    padded batch, and waveforms are normalised over their valid samples. In
    others padding changes the frames despite the mask: where the first
    convolution is group-normalised (`feat_extract_norm: group`, the base ones),
    where the positional one is batch-normalised (`conv_pos_batch_norm`). Their
    rows are encoded in groups of equal length. Which of the two holds is tried
    with the weights themselves when a model is loaded.

    Arguments
    ---------
    family : str
        hubert, wav2vec2 or wavlm.
    hub : str
        A local folder (config.json, preprocessor_config.json and the weights)
        or the name of a model on huggingface.co.
    layers : str
        "last", "weighted" or "all", see `PretrainedFrames`.
    tuning : Tuning, optional
        What is trained; nothing when absent.
    save_path : str, optional
        Folder of downloads; that of transformers when absent.
    depth : int, optional
        How many layers stay, counted from the first; all when absent.

    Example
    -------
    >>> frames = HuggingFaceFrames("hubert", "models/hubert-base-ls960")  # doctest: +SKIP
    >>> frames(torch.randn(2, 16000)).shape  # doctest: +SKIP
    torch.Size([2, 49, 768])
    """

    def __init__(
        self,
        family,
        hub,
        layers="last",
        tuning=None,
        save_path=None,
        depth: Count | None = None,
    ):
        check_choice("family", family, WRAPPERS)
        wrapper = load_wrapper(family, str(hub), save_path)
        model = wrapper.model.float().eval()
        layout = wav2vec2_layout(
            family, getattr(model.config, "do_stable_layer_norm", False)
        )
        super().__init__(model, str(hub), layout, layers, tuning, depth)
        self.config.apply_spec_augment = self.tuning.spec_augment
        self.normalize = wrapper.normalize_wav
        self.masks_padding = self._masks_padding()

    def frames(self, wavs, wav_lens=None):
        """Return the frames of a padded batch.

        Arguments
        ---------
        wavs : torch.Tensor
            Waveforms [B, S] at 16 kHz, padded at the right.
        wav_lens : torch.Tensor, optional
            Valid share of each row [B]; all valid when absent.

        Returns
        -------
        tuple of torch.Tensor
            Frames [B, T, D], zeros after the end of a row, and the valid share
            of each row [B].
        """
        if wav_lens is None:
            wav_lens = torch.ones(len(wavs), device=wavs.device)
        samples = valid_counts(wav_lens, wavs.shape[1])  # [B]
        least = _least_samples(self.config)
        if samples.min() < least:
            raise ValueError(
                f"{self.name} needs {least} samples to make a frame, and an "
                f"utterance has {samples.min().item()}"
            )
        wavs = wavs.float()
        if not self.masks_padding:
            return frames_without_padding(self._encode, wavs, wav_lens)
        return self._encode_padded(wavs, samples)

    @torch.no_grad()
    def _masks_padding(self):
        """Tell whether a padded row has the frames that it has alone."""
        if self.config.feat_extract_norm == "group":
            return False  # known without trying
        short, long = (f * _least_samples(self.config) for f in (12, 20))
        noise = torch.Generator().manual_seed(0)
        wavs = 0.1 * torch.randn(2, long, generator=noise)
        alone = self._encode(wavs[1:, :short])[0]  # [T, D]
        samples = torch.tensor([long, short])
        if len(alone) != _frame_count(self.config, samples)[1]:
            return False  # layers behind the convolutions drop frames
        frames, _ = self._encode_padded(wavs, samples)
        error = (frames[1, : len(alone)] - alone).norm() / alone.norm()
        return bool(error < 1e-3)

    def _encode_padded(self, wavs, samples):
        mask = torch.arange(wavs.shape[1], device=wavs.device)
        mask = mask < samples[:, None]  # [B, S]
        frames = self._encode(wavs, mask)  # [B, T, D]
        count = _frame_count(self.config, samples)  # [B]
        frames = frames[:, : count.max()]
        valid = torch.arange(frames.shape[1], device=wavs.device)
        valid = valid < count[:, None]  # [B, T]
        return frames * valid[..., None], count / count.max()

    def _encode(self, wavs, mask=None):
        """Encode [B, S] as [B, T, D]; samples outside the mask have no influence."""
        if self.normalize:
            wavs = _normalized(wavs, mask)
        network = self.on(wavs.device)

        def run():
            return network(wavs, attention_mask=mask).last_hidden_state

        with self.gradient(wavs.device):
            if self.layers == "last":
                states = [run()]
            else:
                # In pre-norm models the last state is that after the final norm
                layers = network.get_submodule(self.layout.layers)
                states = hidden_states(layers, run)
        return self.combined(states)

    def upper_states(self, x):
        """Return the outputs of the trained layers, see `PretrainedFrames`."""
        network, first = self.tuned.network, self.first_trained
        layers = network.get_submodule(self.layout.layers)
        states = outputs_of_layers(
            layers[first:],
            x,
            self.config.layerdrop,
            attention_mask=None,
            **_shared_by_layers(layers[0], x),
        )
        for norm in self.layout.top:
            states[-1] = network.get_submodule(norm)(states[-1])
        return states

    def extra_repr(self):
        """Name the layers and the normalisation, also in the fingerprint."""
        return f"{super().extra_repr()}, normalize={self.normalize}"


def _normalized(wavs, mask):
    """Give each row zero mean and unit variance over its valid samples: some
    checkpoints were trained on such input (fairseq's layer norm of the waveform)."""
    if mask is None:
        return F.layer_norm(wavs, wavs.shape[1:])
    count = mask.sum(dim=1, keepdim=True)
    mean = (wavs * mask).sum(dim=1, keepdim=True) / count
    centred = (wavs - mean) * mask
    variance = centred.pow(2).sum(dim=1, keepdim=True) / count
    return centred / (variance + 1e-5).sqrt()


def _shared_by_layers(first, x):
    """Return what the first layer hands on to the others: in WavLM, a bias for
    each distance in time, which depends on the length of [B, T, D] alone."""
    attention = first.attention
    if not hasattr(attention, "compute_bias"):
        return {}
    bias = attention.compute_bias(x.shape[1], x.shape[1])  # [heads, T, T]
    return {"position_bias": bias.repeat(len(x), 1, 1)}


def _frame_count(config, samples):
    """Return how many frames the convolutions make of so many samples."""
    for kernel, stride in zip(config.conv_kernel, config.conv_stride):
        samples = (samples - kernel) // stride + 1
    return samples


def _least_samples(config):
    """Return the samples in the receptive field of one frame."""
    samples = 1
    layers = list(zip(config.conv_kernel, config.conv_stride))
    for kernel, stride in reversed(layers):
        samples = (samples - 1) * stride + kernel
    return samples
