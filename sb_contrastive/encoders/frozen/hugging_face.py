"""HuBERT, wav2vec 2.0 and WavLM checkpoints from Hugging Face as frozen front ends."""

import torch
from torch.nn import functional as F

from sb_contrastive.encoders.frozen.frames import FrozenFrames
from sb_contrastive.encoders.frozen.hugging_face_checkpoint import (
    WRAPPERS,
    load_wrapper,
)
from sb_contrastive.encoders.frozen.network import FrozenNetwork
from sb_contrastive.encoders.padding.equal_lengths import (
    groups_of_equal_length,
    padded_frames,
)
from sb_contrastive.encoders.padding.valid_frames import valid_counts
from sb_contrastive.suggestions import did_you_mean

LAYERS = ("last", "weighted")


class HuggingFaceFrames(FrozenFrames):
    """Frames of a HuBERT, wav2vec 2.0 or WavLM model, loaded by SpeechBrain's
    wrapper and frozen for good.

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
    wav2vec2_hub : str
        A local folder (config.json, preprocessor_config.json and the weights)
        or the name of a model on huggingface.co.
    layers : str
        "last": the last hidden layer. "weighted": sum of the input of the
        first Transformer layer and the outputs of all, with softmax(w); w is
        the only part that is trained, and starts at 0.
    save_path : str, optional
        Folder of downloads; that of transformers when absent.

    Example
    -------
    >>> frames = HuggingFaceFrames("hubert", "models/hubert-base-ls960")  # doctest: +SKIP
    >>> frames(torch.randn(2, 16000)).shape  # doctest: +SKIP
    torch.Size([2, 49, 768])
    """

    def __init__(self, family, wav2vec2_hub, layers="last", save_path=None):
        for value, known in ((family, WRAPPERS), (layers, LAYERS)):
            if value not in known:
                raise ValueError(
                    f"{value!r} is none of {', '.join(known)}"
                    f"{did_you_mean(value, known)}"
                )
        wrapper = load_wrapper(family, str(wav2vec2_hub), save_path)
        super().__init__(FrozenNetwork(wrapper.float()), str(wav2vec2_hub))
        self.config = wrapper.config
        self.normalize = wrapper.normalize_wav
        self.layers = layers
        if layers == "weighted":
            self.layer_weights = torch.nn.Parameter(
                torch.zeros(self.config.num_hidden_layers + 1)
            )
        self.masks_padding = self._masks_padding()

    @property
    def frame_dim(self):
        """The size D of a frame."""
        return self.config.hidden_size

    def frames(self, wavs, wav_lens=None):
        """Return the frames of a padded batch; the gradient reaches the layer
        weights alone.

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
        with torch.autocast(wavs.device.type, enabled=False):
            wavs = wavs.float()
            if not self.masks_padding:
                groups = list(groups_of_equal_length(wavs, wav_lens))
                return padded_frames(
                    [rows for rows, _ in groups],
                    [self._encode(equal) for _, equal in groups],
                )
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
        weighted = self.layers == "weighted"
        model = self.frozen.on(wavs.device).model
        with torch.no_grad():
            out = model(
                wavs, attention_mask=mask, output_hidden_states=weighted
            )
        if not weighted:
            return out.last_hidden_state
        # In pre-norm models the last hidden state lacks the final layer norm
        hidden = (*out.hidden_states[:-1], out.last_hidden_state)
        weights = self.layer_weights.softmax(dim=0)  # [L + 1]
        return sum(w * h for w, h in zip(weights, hidden))

    def extra_repr(self):
        """Name the layers, also in the fingerprint."""
        return f"layers={self.layers}, normalize={self.normalize}"


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
