"""Loads a checkpoint from Hugging Face, and refuses one that is not complete."""

import importlib
from pathlib import Path

import torch

from sb_contrastive.encoders.sample_rate import SAMPLE_RATE

# The family in config.json -> SpeechBrain's wrapper
WRAPPERS = {
    "hubert": "hubert.HuBERT",
    "wav2vec2": "wav2vec2.Wav2Vec2",
    "wavlm": "wavlm.WavLM",
}


class WrongFamily(ValueError):
    """Says that a checkpoint is of another family."""


def load_wrapper(family, hub, save_path=None):
    """Load a checkpoint into SpeechBrain's wrapper, complete or not at all.

    Arguments
    ---------
    family : str
        A name in `WRAPPERS`.
    hub : str
        A local folder, or the name of a model on huggingface.co.
    save_path : str, optional
        Folder of downloads; that of transformers when absent.

    Returns
    -------
    torch.nn.Module
        The wrapper, frozen.

    Raises
    ------
    FileNotFoundError
        When there is no such model, or weights are missing from it.
    ValueError
        When the model is of another family, or for another sample rate.
    """
    import huggingface_hub.constants
    from safetensors import SafetensorError
    from transformers.utils import logging

    module, _, name = WRAPPERS[family].partition(".")
    module = importlib.import_module(
        f"speechbrain.integrations.huggingface.{module}"
    )
    wrapper = _strict(getattr(module, name))
    save_path = save_path or huggingface_hub.constants.HF_HUB_CACHE
    logging.disable_progress_bar()
    try:
        # Building the network draws random weights, which the checkpoint then
        # overwrites; networks that are built later shall not depend on it
        with torch.random.fork_rng(devices=[]):
            loaded = wrapper(hub, save_path=str(save_path), freeze=True)
    except (OSError, ValueError, SafetensorError) as error:
        raise FileNotFoundError(_advice(family, hub, error)) from error
    kind = loaded.config.model_type
    if kind != family:
        raise ValueError(
            f"{hub} is a {kind} model, not {family}: give --encoder {kind}, or in a YAML "
            f"family: {kind}"
        )
    rate = loaded.feature_extractor.sampling_rate
    if rate != SAMPLE_RATE:
        raise ValueError(
            f"{hub} wants audio of {rate} Hz, and that of this project has "
            f"{SAMPLE_RATE} Hz: give another hub"
        )
    return loaded


def _strict(wrapper):
    """Make the wrapper refuse a checkpoint that lacks weights: transformers
    would draw them at random and say so in a log only."""

    class Strict(wrapper):
        def _from_pretrained(self, *args, **kwargs):
            self.auto_class = _CompleteCheckpoints(self.auto_class)
            super()._from_pretrained(*args, **kwargs)

    return Strict


class _CompleteCheckpoints:
    """Stands in for transformers' AutoModel where SpeechBrain calls it."""

    def __init__(self, auto_class):
        self.auto_class = auto_class

    def from_pretrained(self, *args, **kwargs):
        model, report = self.auto_class.from_pretrained(
            *args, output_loading_info=True, **kwargs
        )
        # The vector of masked frames is for pretraining, and some have none
        missing = sorted(set(report["missing_keys"]) - {"masked_spec_embed"})
        if missing:
            raise ValueError(
                f"{len(missing)} of its weights are missing, such as {missing[0]}"
            )
        return model


def load_whisper(hub, save_path=None):
    """Load the encoder of a Whisper checkpoint, complete or not at all.

    Arguments
    ---------
    hub : str
        A local folder, with the weights of the full model or of the encoder
        alone, or the name of a model on huggingface.co.
    save_path : str, optional
        Folder of downloads; that of transformers when absent.

    Returns
    -------
    torch.nn.Module
        transformers' `WhisperEncoder`, in evaluation mode.

    Raises
    ------
    FileNotFoundError
        When there is no such model, or weights are missing from it.
    ValueError
        When the model is of another family.
    """
    from safetensors import SafetensorError
    from transformers import AutoConfig
    from transformers.models.whisper.modeling_whisper import WhisperEncoder
    from transformers.utils import logging

    class EncoderAlone(WhisperEncoder):
        # What a full checkpoint has beside it is no reason for a warning
        _keys_to_ignore_on_load_unexpected = ["decoder", "proj_out"]

    logging.disable_progress_bar()
    try:
        config = AutoConfig.from_pretrained(hub, cache_dir=save_path)
        if config.model_type != "whisper":
            raise WrongFamily(
                f"{hub} is a {config.model_type} model, not whisper: give "
                f"--encoder {config.model_type}"
            )
        config.apply_spec_augment = False
        with torch.random.fork_rng(devices=[]):
            encoder, report = EncoderAlone.from_pretrained(
                hub,
                config=config,
                cache_dir=save_path,
                dtype=torch.float32,
                key_mapping={r"^(model\.)?encoder\.": ""},
                output_loading_info=True,
            )
        missing = sorted(report["missing_keys"])
        if missing:
            raise ValueError(
                f"{len(missing)} of its weights are missing, such as {missing[0]}"
            )
    except WrongFamily:
        raise
    except (OSError, ValueError, SafetensorError) as error:
        raise FileNotFoundError(_advice("whisper", hub, error)) from error
    return encoder.eval()


def _advice(family, hub, error):
    """Return a message that says which folder to give."""
    folder = Path(hub)
    if folder.is_dir():
        what = f"{hub} holds no complete {family} model"
    else:
        what = (
            f"there is no folder {hub}, and no model of this name could be "
            f"fetched from huggingface.co"
        )
    reason = str(error).strip().partition("\n")[0]
    return (
        f"{what} ({reason}); give as hub the folder of a downloaded one, with "
        f"config.json, preprocessor_config.json and model.safetensors, e.g. "
        f"models/{folder.name}"
    )
