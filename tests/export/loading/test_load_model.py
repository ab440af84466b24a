"""Whatever is wrong with a model folder is said in one sentence with its file."""

import shutil

import pytest
import torch

from sb_contrastive.export.loading.load_model import load_model


@pytest.fixture
def copy(ecapa, tmp_path):
    """A copy of an exported classifier, to damage."""
    return shutil.copytree(ecapa[2], tmp_path / "copy")


def edit(folder, old, new):
    path = folder / "hyperparams.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def edit_weights(path, change):
    state = torch.load(path)
    change(state)
    torch.save(state, path)


def cut(path, size):
    path.write_bytes(path.read_bytes()[:size])


def missing(state):
    del state["fc.conv.bias"]


def reshape(state):
    state["fc.conv.bias"] = state["fc.conv.bias"][1:]


def diverge(state):
    state["fc.conv.bias"][3] = float("inf")


BACKBONE = "embedding_model.ckpt"
LABELS = "label_encoder.ckpt"
DAMAGE = {
    # By the place of the cut, torch raises errors of several types
    **{
        f"cut at {size}": (
            lambda m, size=size: cut(m / BACKBONE, size),
            f"{BACKBONE} is damaged",
        )
        for size in (1, 100, 5000, 100_000)
    },
    "no tensors": (
        lambda m: (m / BACKBONE).write_text("<html>404</html>"),
        f"{BACKBONE} is damaged",
    ),
    "empty": (lambda m: (m / BACKBONE).write_bytes(b""), f"{BACKBONE} is dam"),
    "gone": (lambda m: (m / BACKBONE).unlink(), f"{BACKBONE} is missing"),
    "a weight missing": (
        lambda m: edit_weights(m / BACKBONE, missing),
        "fc.conv.bias has the shape missing in the file and",
    ),
    "another shape": (
        lambda m: edit_weights(m / BACKBONE, reshape),
        r"fc.conv.bias has the shape \[127\] in the file and \[128\]",
    ),
    "diverged": (
        lambda m: edit_weights(m / BACKBONE, diverge),
        "fc.conv.bias is not finite",
    ),
    "labels": (
        lambda m: (m / LABELS).write_text("no label at all"),
        f"{LABELS} is damaged",
    ),
    "tabs": (
        lambda m: edit(m, "compute_features:", "x:\n\t- 1\ncompute_features:"),
        r"hyperparams.yaml, line \d+: found character",
    ),
    "unknown class": (
        lambda m: edit(m, "lobes.features.Fbank", "lobes.features.Fbonk"),
        "hyperparams.yaml cannot be built: .*Fbonk",
    ),
    "unknown argument": (
        lambda m: edit(m, "n_mels", "n_mals"),
        "hyperparams.yaml cannot be built: .*n_mals",
    ),
    "other bytes": (
        lambda m: (m / "hyperparams.yaml").write_bytes(b"modules: \xff"),
        "hyperparams.yaml is no text in UTF-8",
    ),
    "another pretrainer": (
        lambda m: edit(m, "pretrainer: ", "pretrainer: 3\nother: "),
        "the value of pretrainer is not of the kind",
    ),
    "another normaliser": (
        lambda m: edit(m, "sample_rate:", "audio_normalizer: 7\nsample_rate:"),
        "the value of audio_normalizer is not of the kind",
    ),
    "a list": (
        lambda m: (m / "hyperparams.yaml").write_text("- modules"),
        "hyperparams.yaml has no 'modules'",
    ),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_named(what, copy):
    damage, words = DAMAGE[what]
    damage(copy)
    with pytest.raises((ValueError, FileNotFoundError), match=words) as error:
        load_model(copy, "cpu")
    assert str(copy) in str(error.value)
    assert "\n" not in str(error.value)


def test_what_is_whole_is_what_speechbrain_loads(copy, wavs):
    from speechbrain.inference.classifiers import EncoderClassifier

    ours = load_model(copy, "cpu")
    theirs = EncoderClassifier.from_hparams(source=str(copy))
    for a, b in zip(ours.classify_batch(wavs), theirs.classify_batch(wavs)):
        assert a == b if isinstance(a, list) else torch.equal(a, b)
