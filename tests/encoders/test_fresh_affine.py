"""Pretrained weights with the embedding layer that an encoder has now."""

import pytest
import torch

from sb_contrastive.encoders.fresh_affine import with_fresh_affine


@pytest.mark.parametrize(
    "affine", [("blocks.7",), ("blocks.0", "blocks.7"), ()]
)
def test_the_affine_is_the_encoders_and_the_rest_the_files(
    small_encoder, affine
):
    encoder, pretrained = small_encoder(affine), small_encoder(affine)
    state, own = pretrained.state_dict(), encoder.state_dict()
    mixed = with_fresh_affine(encoder, state)
    assert mixed.keys() == state.keys()
    for name, value in mixed.items():
        fresh = any(f"backbone.{part}." in name for part in affine)
        assert torch.equal(value, (own if fresh else state)[name]), name
    encoder.load_state_dict(mixed)


def test_an_affine_of_another_kind_is_left_out(small_encoder):
    encoder = small_encoder()
    state = {
        name: value
        for name, value in encoder.state_dict().items()
        if not encoder.is_affine(name)
    }
    other = {"backbone.blocks.7.unknown": torch.ones(3)}
    mixed = with_fresh_affine(encoder, state | other)
    encoder.load_state_dict(mixed)  # fails where a name is too many
