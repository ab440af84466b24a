"""What a step of fine-tuning moves, and what stays as it is."""

import pytest

from tests.brains.classification.conftest import changed


@pytest.mark.parametrize("affine", [["blocks.7"], ["blocks.5", "blocks.7"]])
@pytest.mark.parametrize("trainable", ["output", "affine", "all"])
def test_what_is_frozen_stays_bit_for_bit(build, copy_of, trainable, affine):
    brain, fit = build(trainable=trainable, affine=affine)
    encoder = copy_of(brain.modules.encoder)
    classifier = copy_of(brain.modules.classifier)
    fit()
    assert changed(brain.modules.classifier, classifier) == {"weight", "bias"}
    moved = changed(brain.modules.encoder, encoder)
    if trainable == "output":
        assert not moved
    elif trainable == "affine":
        # The batch norm among the affine moves with its statistics
        parts = tuple(f"backbone.{name}." for name in affine)
        assert moved == {k for k in encoder if k.startswith(parts)}
    else:
        assert moved == {k for k in encoder if k.startswith("backbone.")}
        assert any("running_mean" in k for k in moved)


@pytest.mark.parametrize("trainable", ["output", "affine", "all"])
def test_the_optimiser_has_what_is_trained_and_nothing_else(build, trainable):
    brain, _ = build(trainable=trainable)
    brain.init_optimizers()
    held = {id(p) for g in brain.optimizer.param_groups for p in g["params"]}
    wanted = [*brain.modules.classifier.parameters()]
    if trainable == "affine":
        wanted += brain.modules.encoder.backbone.blocks[7].parameters()
    if trainable == "all":
        wanted += brain.modules.encoder.parameters()
    assert held == {id(p) for p in wanted}


def test_what_one_step_froze_the_next_may_train(build, copy_of):
    # Step A trains the affine, step B all of the same encoder
    first, _ = build(trainable="affine")
    second, fit = build(modules=dict(first.modules), trainable="all")
    before = copy_of(second.modules.encoder)
    fit()
    assert "backbone.blocks.0.conv.weight" in changed(
        second.modules.encoder, before
    )


def test_an_unknown_part_is_refused(build):
    with pytest.raises(ValueError, match="output, affine, all, got 'head'"):
        build(trainable="head")
