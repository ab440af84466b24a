"""Numbers out of range are told when an experiment is read, before anything is built."""

import pytest
import yaml

from sb_contrastive.experiment import Experiment
from sb_contrastive.experiment.annotations import (
    alternatives,
    kinds,
    ranges,
    take_to_the_letter,
)
from sb_contrastive.experiment.overriding.overrides import parse_arguments
from sb_contrastive.ranges import Count, Fraction, Range, Share


def read(*words, file="dino_ser"):
    path, run_opts, overrides = parse_arguments(
        [f"hparams/{file}.yaml", *words]
    )
    return Experiment(path, overrides, run_opts)


@pytest.mark.parametrize(
    "file, words, said",
    [
        ("dino_ser", ["--validations", "0"], "--validations is at least 1"),
        (
            "dino_ser",
            ["--prototypes", "1"],
            "--prototypes is at least 2, got 1",
        ),
        ("dino_ser", ["--chunk_seconds", "0.0"], "--chunk_seconds is above 0"),
        (
            "dino_ser",
            ["--crop_seconds", "[0.8, -1]"],
            "--crop_seconds is above",
        ),
        ("dino_ser", ["--speeds", "[-0.5, 1]"], "--speeds is above 0"),
        ("dino_ser", ["--lr", "-0.1"], "--lr is (at least|above) 0, got -0.1"),
        ("dino_ser", ["--label_fraction", "[0.5, 2]"], "at most 1, got 2"),
        ("dino_ser", ["--max_grad_norm", "inf"], "--max_grad_norm is a finite"),
        ("dino_ser", ["--optimizer_step_limit", "2.5"], "is a whole number"),
        (
            "dino_ser",
            ["--augmentation", "{reverb_probability: -1}"],
            "augmentation reverb_probability is from 0 to 1, got -1",
        ),
        (
            "dino_ser",
            ["--pretraining_brain", "{teacher_momentum: {curve: {end: 1.5}}}"],
            "pretraining_brain end is from 0 to 1, got 1.5",
        ),
        ("dino_ser", ["--embedding_dim", "0"], "embedding_dim is at least 1"),
        ("ntxent_am_sv", ["--margin", "-2"], "--margin is from 0 to 1, got -2"),
        ("moco_am_sv", ["--queue_size", "0"], "--queue_size is at least 1"),
        ("moco_am_sv", ["--temperature", "0"], "--temperature is above 0"),
        ("dino_ser", ["--device", "tpu:x"], "--device is cpu, or cuda"),
    ],
)
def test_out_of_range(file, words, said):
    with pytest.raises(ValueError, match=said):
        read(*words, file=file)


@pytest.mark.parametrize(
    "words",
    [
        ["--koleo_weight", "0"],
        ["--max_grad_norm", "-1"],  # no clipping
        ["--window_seconds", "null"],
        ["--label_fraction", "[0.036, 0.044]"],
        ["--trim_silence_db", "0"],
    ],
)
def test_ends_of_ranges_are_allowed(words):
    read(*words)


def test_a_limit_of_steps_is_a_number():
    assert (
        read("--optimizer_step_limit", "3").run_opts["optimizer_step_limit"]
        == 3
    )


@pytest.mark.parametrize(
    "bounds, inside, outside",
    [
        (Range(0, 1), [0, 0.5, 1], [-1e-9, 1.1, float("nan")]),
        (Range(0, above=True), [1e-9, 1e9], [0, -1, float("inf")]),
        (Range(2, whole=True), [2, 3.0], [1, 2.5, float("inf")]),
        (Range(), [-1e9, 0], [float("nan"), float("inf")]),
    ],
)
def test_a_range_and_its_ends(bounds, inside, outside):
    assert all(map(bounds.holds, inside))
    assert not any(map(bounds.holds, outside))


def test_annotations_are_read_through_unions_and_lists():
    annotation = Fraction | list[Share] | None
    assert kinds(annotation) == [float, list, type(None)]
    assert ranges(annotation) == [Range(0, 1, above=True)]
    assert alternatives(Count) == [int]
    node = yaml.compose("[1, each]")
    take_to_the_letter(node, list[int | str])
    assert yaml.safe_load(yaml.serialize(node)) == [1, "each"]


@pytest.mark.parametrize(
    "file, words, said",
    [
        (
            "dino_ser",
            ["--pretraining_brain", "{opt_class: {weight_decay: -0.1}}"],
            "pretraining_brain weight_decay is at least 0, got -0.1",
        ),
        (
            "moco_am_sv",
            ["--pretraining_brain", "{opt_class: {betas: [0.9, 1.0]}}"],
            "pretraining_brain: Invalid beta parameter at index 1: 1.0",
        ),
        (
            "byol_sv",
            [
                "--pretraining_brain",
                "{opt_class: !name:torch.optim.SGD {momentum: -1}}",
            ],
            "pretraining_brain: Invalid momentum value: -1",
        ),
        (
            "adapter_ser",
            ["--adapter", "{dropout: 1.5}"],
            "adapter dropout is from 0 to 1, got 1.5",
        ),
        ("adapter_ser", ["--adapter", "{heads: 0}"], "heads is at least 1"),
        ("adapter_ser", ["--adapter_dim", "0"], "--adapter_dim is at least 1"),
        ("adapter_ser", ["--mask_share", "0"], "--mask_share is above 0"),
        ("adapter_ser", ["--mask_span", "2.5"], "mask_span is a whole number"),
        ("adapter_ser", ["--adapt_seconds", "-3"], "adapt_seconds is above 0"),
        ("adapter_ser", ["--w_la", "-1"], "--w_la is at least 0, got -1"),
        (
            "dino_ser",
            ["--encoder", "ecapa", "--compute_features", "{n_mels: 0}"],
            "n_mels is at least 1, got 0",
        ),
    ],
)
def test_out_of_range_for_a_class_of_another_library(file, words, said):
    with pytest.raises(ValueError, match=said):
        read(*words, file=file)
