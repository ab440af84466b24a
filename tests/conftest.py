"""Fixtures that several tests share."""

import functools
import os
from pathlib import Path

import hypothesis
import pytest
import torch
from speechbrain.utils.importutils import LazyModule

# Hypothesis asks every loaded module for its file. SpeechBrain's lazy ones
# answer by importing optional packages (k2), which need not be installed.
LazyModule.__file__ = None

# The same examples in every run: a test that passed passes again
hypothesis.settings.register_profile("repeatable", derandomize=True)
hypothesis.settings.load_profile("repeatable")


@pytest.fixture
def corpora():
    """Folder of real speech, beside the repository; tests skip without it."""
    beside = Path(__file__).parents[2] / "shared" / "corpora"
    folder = Path(os.environ.get("SB_CONTRASTIVE_CORPORA", beside))
    if not folder.is_dir():
        pytest.skip(
            f"there is no real speech in {folder}; SB_CONTRASTIVE_CORPORA"
            " can name another folder"
        )
    return folder


@pytest.fixture(scope="session")
def hugging_face_model(tmp_path_factory):
    """Returns a function that makes the folder of a tiny model: family, and
    the normalisation of its convolutions, "group" as in base checkpoints or
    "layer" as in large ones."""

    @functools.cache
    def make(family="hubert", norm="layer"):
        import transformers

        large = norm == "layer"
        config = transformers.AutoConfig.for_model(
            family,
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            conv_dim=[8] * 7,
            conv_bias=large,
            num_conv_pos_embeddings=16,
            num_conv_pos_embedding_groups=2,
            feat_extract_norm=norm,
            do_stable_layer_norm=large,
        )
        folder = tmp_path_factory.mktemp(f"{family}-{norm}")
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            transformers.AutoModel.from_config(config).save_pretrained(folder)
        transformers.Wav2Vec2FeatureExtractor(
            do_normalize=large, return_attention_mask=large
        ).save_pretrained(folder)
        return folder

    return make
