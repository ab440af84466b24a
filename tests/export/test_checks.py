"""A YAML that describes another encoder is found out."""

import os

import pytest

from sb_contrastive.export import export_encoder

CARD = {"title": "A test"}


def test_a_yaml_of_another_encoder_is_refused(tmp_path, ecapa, model_yaml):
    encoder, _, _ = ecapa
    fragment = model_yaml("ecapa").read_text()
    other = tmp_path / "other.yaml"

    def refused(words, text):
        other.write_text(text)
        with pytest.raises(ValueError, match=words):
            export_encoder(tmp_path / "model", other, encoder, CARD)
        assert os.listdir(tmp_path) == ["other.yaml"]

    wider = fragment.replace("embedding_dim: 128", "embedding_dim: 64")
    refused(r"fc.* is \[64\] there and \[128\] in the encoder", wider)
    # Same shapes, other computation: only the embeddings tell
    refused(
        "embeddings differ",
        fragment.replace("std_norm: False", "std_norm: True"),
    )


def test_a_network_that_diverged_is_not_exported(tmp_path, built, small_yaml):
    path = small_yaml()
    encoder = built(path)
    next(encoder.backbone.parameters()).data[0] = float("nan")
    with pytest.raises(ValueError, match="not finite: its training has div"):
        export_encoder(tmp_path / "model", path, encoder, CARD)
    assert os.listdir(tmp_path) == ["small.yaml"]
