"""Folders of tiny pretrained models, as transformers leaves them."""

import functools

import pytest
import torch


@pytest.fixture(scope="session")
def hugging_face_model(tmp_path_factory):
    """Returns a function that makes the folder of a tiny model: family, and
    the normalisation of its convolutions, "group" as in base checkpoints or
    "layer" as in large ones, and further values of its configuration."""

    @functools.cache
    def make(family="hubert", norm="layer", **values):
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
            **values,
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


@pytest.fixture(scope="session")
def whisper_model(tmp_path_factory):
    """Folder of a tiny Whisper, decoder and all, whose windows are 2 s."""
    import transformers

    config = transformers.WhisperConfig(
        d_model=16,
        encoder_layers=2,
        encoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_layers=1,
        decoder_attention_heads=2,
        decoder_ffn_dim=32,
        max_source_positions=100,
        vocab_size=64,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=1,
    )
    folder = tmp_path_factory.mktemp("whisper")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        transformers.WhisperModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def front_end(hugging_face_model, whisper_model):
    """Returns a function that makes the front end of a family: hubert, wav2vec2,
    wavlm or whisper, with arguments of its class."""
    from sb_contrastive.encoders import HuggingFaceFrames, WhisperFrames

    def make(family, **options):
        if family == "whisper":
            return WhisperFrames(whisper_model, **options)
        return HuggingFaceFrames(family, hugging_face_model(family), **options)

    return make
