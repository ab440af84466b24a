"""Tests of sb_contrastive.export: what is written is what SpeechBrain loads."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from hyperpyyaml import load_hyperpyyaml
from speechbrain.inference.classifiers import EncoderClassifier
from speechbrain.inference.speaker import SpeakerRecognition

import sb_contrastive.export
from sb_contrastive.export import export_classifier, export_encoder

HPARAMS = Path(__file__).parents[1] / "hparams"
CLASSES = ["sad", "angry", "neutral"]  # not sorted: their order must survive
CARD = {"title": "A test", "note": "Random weights."}


def built(path):
    """The encoder of a YAML, away from its initial state."""
    torch.manual_seed(1)
    encoder = load_hyperpyyaml(f"encoder: !include:{path}")["encoder"]
    encoder(torch.randn(4, 16000))  # in training mode: moves the batch norms
    return encoder.eval()


def model_yaml(name):
    return HPARAMS / "models" / f"{name}.yaml"


@pytest.fixture(scope="module")
def ecapa(tmp_path_factory):
    """An ECAPA, a classifier, and the folder of their export."""
    encoder = built(model_yaml("ecapa"))
    classifier = torch.nn.Linear(encoder.embedding_dim, len(CLASSES))
    folder = tmp_path_factory.mktemp("ecapa") / "model"
    export_classifier(
        folder, model_yaml("ecapa"), encoder, classifier, CLASSES, CARD
    )
    return encoder, classifier, folder


@pytest.fixture
def wavs():
    return 0.1 * torch.randn(
        2, 20000, generator=torch.Generator().manual_seed(2)
    )


@pytest.fixture
def wav_files(tmp_path, wavs):
    """Two files that hold `wavs` without loss."""
    paths = [str(tmp_path / f"{i}.wav") for i in range(2)]
    for path, wav in zip(paths, wavs):
        soundfile.write(path, wav.numpy(), 16000, subtype="FLOAT")
    return paths


def small_yaml(folder, backbone, norm="null"):
    path = folder / "small.yaml"
    path.write_text(
        f"!new:sb_contrastive.encoders.UtteranceEncoder\n"
        f"embedding_dim: 8\n"
        f"compute_features: !new:speechbrain.lobes.features.Fbank\n"
        f"    n_mels: 20\n"
        f"mean_var_norm: {norm}\n"
        f"backbone: {backbone}\n"
    )
    return path


XVECTOR = """!new:speechbrain.lobes.models.Xvector.Xvector
    in_channels: !ref <compute_features[n_mels]>
    lin_neurons: !ref <embedding_dim>
    tdnn_channels: [8, 8, 8, 8, 16]"""


@pytest.mark.parametrize(
    "name, tolerance",
    # SpeechBrain's own x-vector pooling is noisy
    [("ecapa", 1e-5), ("resnet", 1e-5), ("xvector", 1e-3)],
)
def test_speechbrain_computes_the_same(
    name, tolerance, tmp_path, wavs, wav_files
):
    encoder = built(model_yaml(name))
    classifier = torch.nn.Linear(encoder.embedding_dim, len(CLASSES))
    folder = export_classifier(
        tmp_path / "model", model_yaml(name), encoder, classifier, CLASSES, CARD
    )
    model = EncoderClassifier.from_hparams(
        source=str(folder), savedir=str(tmp_path / "collected")
    )
    with torch.no_grad():
        expected = encoder(wavs)  # [2, D]
        posteriors = classifier(expected).log_softmax(dim=-1)
    close = {"atol": tolerance, "rtol": 0}
    embeddings = model.encode_batch(wavs).reshape(expected.shape)
    torch.testing.assert_close(embeddings, expected, **close)
    out, score, index, labels = model.classify_batch(wavs)
    torch.testing.assert_close(out, posteriors, **close)
    torch.testing.assert_close(score, posteriors.amax(dim=-1), **close)
    assert labels == [CLASSES[i] for i in posteriors.argmax(dim=-1)]
    for path, row in zip(wav_files, posteriors):
        out, _, index, labels = model.classify_file(path)
        torch.testing.assert_close(out[0], row, **close)
        assert labels == [CLASSES[row.argmax()]]
    text = (folder / "README.md").read_text()
    assert ("adds noise" in text) == (name == "xvector")
    assert "Besides SpeechBrain" not in text


@pytest.mark.parametrize("name", ["ecapa", "resnet"])
def test_an_encoder_verifies_speakers(name, tmp_path, wavs, wav_files):
    encoder = built(model_yaml(name))
    folder = export_encoder(tmp_path / "model", model_yaml(name), encoder, CARD)
    assert "classifier" not in (folder / "hyperparams.yaml").read_text()
    model = SpeakerRecognition.from_hparams(source=str(folder))
    score, decision = model.verify_files(*wav_files)
    with torch.no_grad():
        expected = torch.cosine_similarity(*encoder(wavs), dim=0)
    assert score.item() == pytest.approx(expected.item(), abs=1e-5)
    assert decision.item() == (expected.item() > 0.25)
    assert model.verify_files(wav_files[0], wav_files[0])[0].item() > 0.999


@pytest.mark.parametrize("classifies", [True, False])
def test_the_code_of_the_card_runs(classifies, ecapa, tmp_path, wav_files):
    encoder, _, folder = ecapa
    if not classifies:
        folder = export_encoder(
            tmp_path / "encoder", model_yaml("ecapa"), encoder, CARD
        )
    text = (folder / "README.md").read_text()
    assert "# A test\n\n> Random weights.\n" in text
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    code = code.replace("path/of/this/folder", str(folder))
    code = code.replace("speech.wav", wav_files[0])
    values = {}
    exec(code.replace("other.wav", wav_files[1]), values)
    if classifies:
        assert values["label"][0] in CLASSES
        assert values["log_posteriors"].exp().sum().item() == pytest.approx(1)
    else:
        assert -1 <= values["cosine"].item() <= 1
        assert values["embedding"].shape == (1, 1, encoder.embedding_dim)


def test_loads_elsewhere_without_this_package_and_network(
    ecapa, tmp_path, wavs
):
    encoder, _, folder = ecapa
    moved = tmp_path / "another place" / "renamed"
    shutil.copytree(folder, moved)
    (tmp_path / "empty").mkdir()
    np.save(tmp_path / "wavs.npy", wavs.numpy())
    code = f"""
import socket, sys
sys.modules["sb_contrastive"] = None  # importing it raises ImportError
def refuse(*args): raise OSError("no network in this test")
socket.socket.connect = refuse
import numpy, torch
from speechbrain.inference.classifiers import EncoderClassifier
model = EncoderClassifier.from_hparams(source={str(moved)!r})
wavs = torch.from_numpy(numpy.load({str(tmp_path / "wavs.npy")!r}))
numpy.save({str(tmp_path / "out.npy")!r}, model.encode_batch(wavs).numpy())
print(*model.classify_batch(wavs)[3])
"""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path / "empty",
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) <= set(CLASSES)
    with torch.no_grad():
        expected = encoder(wavs).numpy()
    found = np.load(tmp_path / "out.npy")[:, 0]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    # Nothing is left in the current folder, nor beside the model
    assert not list((tmp_path / "empty").iterdir())
    assert sorted(os.listdir(moved)) == sorted(os.listdir(folder))


def test_the_encoder_and_the_random_numbers_stay_as_they_were(tmp_path):
    encoder = built(small_yaml(tmp_path, XVECTOR)).train()
    before = {k: v.clone() for k, v in encoder.state_dict().items()}
    state = torch.get_rng_state()
    export_encoder(tmp_path / "model", tmp_path / "small.yaml", encoder, CARD)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(module.training for module in encoder.modules())
    after = encoder.state_dict()
    assert all(torch.equal(after[k], before[k]) for k in before)


@pytest.mark.parametrize("older", [False, True])
def test_an_interrupted_export_changes_nothing(older, tmp_path, monkeypatch):
    yaml = small_yaml(tmp_path, XVECTOR)
    encoder, classifier = built(yaml), torch.nn.Linear(8, 2)
    if older:
        export_encoder(tmp_path / "model", yaml, encoder, CARD)
    before = {p: p.is_dir() or p.read_bytes() for p in tmp_path.rglob("*")}
    original = sb_contrastive.export.get_default_hook
    calls = []

    def interrupted(*args):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return original(*args)

    monkeypatch.setattr(sb_contrastive.export, "get_default_hook", interrupted)
    with pytest.raises(KeyboardInterrupt):
        export_classifier(
            tmp_path / "model", yaml, encoder, classifier, ["a", "b"], CARD
        )
    after = {p: p.is_dir() or p.read_bytes() for p in tmp_path.rglob("*")}
    assert after == before


def test_an_older_export_is_restored_when_its_place_cannot_be_taken(
    tmp_path, monkeypatch
):
    encoder = built(small_yaml(tmp_path, XVECTOR))
    given = (tmp_path / "small.yaml", encoder)
    folder = export_encoder(tmp_path / "model", *given, {"title": "old"})
    move = os.replace

    def fails_for_new(source, target):
        if str(source).endswith(".new"):
            raise OSError("disk trouble")
        move(source, target)

    monkeypatch.setattr(os, "replace", fails_for_new)
    with pytest.raises(OSError, match="disk trouble"):
        export_encoder(folder, *given, {"title": "new"})
    assert "# old" in (folder / "README.md").read_text()
    assert sorted(os.listdir(tmp_path)) == ["model", "small.yaml"]


def test_an_older_export_is_wholly_replaced(tmp_path, ecapa):
    _, _, old = ecapa
    folder = tmp_path / "model"
    shutil.copytree(old, folder)
    (folder / "stray.txt").touch()
    encoder = built(small_yaml(tmp_path, XVECTOR))
    export_encoder(folder, tmp_path / "small.yaml", encoder, CARD)
    fresh = export_encoder(
        tmp_path / "fresh", tmp_path / "small.yaml", encoder, CARD
    )
    assert sorted(os.listdir(folder)) == sorted(os.listdir(fresh))
    assert sorted(os.listdir(tmp_path)) == ["fresh", "model", "small.yaml"]
    assert EncoderClassifier.from_hparams(source=folder).encode_batch(
        torch.randn(1, 8000)
    ).shape == (1, 1, 8)


def test_a_folder_of_something_else_is_not_replaced(tmp_path):
    encoder = built(small_yaml(tmp_path, XVECTOR))
    (tmp_path / "results").mkdir()
    # SpeechBrain writes such a file into the folder of every experiment
    (tmp_path / "results" / "hyperparams.yaml").touch()
    (tmp_path / "results" / "train_log.txt").touch()
    with pytest.raises(ValueError, match="no exported model"):
        export_encoder(
            tmp_path / "results", tmp_path / "small.yaml", encoder, CARD
        )
    assert len(os.listdir(tmp_path / "results")) == 2


def test_an_experiment_names_its_encoder(tmp_path):
    # The CLI's --encoder reaches the experiment as such an override
    overrides = f"encoder: !include:{model_yaml('xvector').as_posix()}"
    for overrides, name in (("", "ecapa"), (overrides, "xvector")):
        encoder = built(model_yaml(name))
        folders = [
            export_encoder(tmp_path / path.stem, path, encoder, CARD, given)
            for path, given in (
                (HPARAMS / "dino_ser.yaml", overrides),
                (model_yaml(name), ""),
            )
        ]
        first, second = (f / "hyperparams.yaml" for f in folders)
        assert first.read_text() == second.read_text()


OWN_BACKBONE = """
import torch

class Backbone(torch.nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.linear = torch.nn.Linear(inputs, outputs)

    def forward(self, features):  # without lengths
        return self.linear(features).mean(dim=1)
"""


def test_a_backbone_of_ones_own(tmp_path, wavs, monkeypatch):
    (tmp_path / "sbc_test_backbone.py").write_text(OWN_BACKBONE)
    monkeypatch.syspath_prepend(tmp_path)
    path = small_yaml(
        tmp_path,
        "!new:sbc_test_backbone.Backbone\n"
        "    inputs: !ref <compute_features[n_mels]>\n"
        "    outputs: !ref <embedding_dim>",
    )
    encoder = built(path)
    classifier = torch.nn.Linear(8, 3, bias=False)
    folder = export_classifier(
        tmp_path / "model", path, encoder, classifier, CLASSES, CARD
    )
    readme = (folder / "README.md").read_text()
    assert "Besides SpeechBrain it needs sbc_test_backbone." in readme
    model = EncoderClassifier.from_hparams(source=folder)
    with torch.no_grad():
        expected = encoder(wavs)
        posteriors = classifier(expected).log_softmax(dim=-1)
    torch.testing.assert_close(model.encode_batch(wavs), expected)
    torch.testing.assert_close(model.classify_batch(wavs)[0], posteriors)


def test_statistics_of_a_global_normalisation_come_along(tmp_path, wavs):
    norm = "!new:speechbrain.processing.features.InputNormalization {}"
    path = small_yaml(tmp_path, XVECTOR, norm=norm)
    encoder = built(path)
    encoder.mean_var_norm.glob_mean += 5.0  # far from what one file would give
    folder = export_encoder(tmp_path / "model", path, encoder, CARD)
    model = EncoderClassifier.from_hparams(source=folder)
    with torch.no_grad():
        expected = encoder(wavs)
    torch.testing.assert_close(
        model.encode_batch(wavs)[:, 0], expected, atol=1e-3, rtol=0
    )


def test_a_yaml_of_another_encoder_is_refused(tmp_path, ecapa):
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
    refused("describes no encoder", "seed: 1\n")
    with pytest.raises(FileNotFoundError, match="no YAML"):
        export_encoder(tmp_path / "model", "nowhere.yaml", encoder, CARD)


@pytest.mark.parametrize(
    "classifier, classes, words",
    [
        (torch.nn.Linear(128, 3), ["a", "b"], "does not fit"),
        (torch.nn.Linear(64, 2), ["a", "b"], "does not fit"),
        (torch.nn.Linear(128, 2), ["a", "a"], "each named once"),
        (torch.nn.Linear(128, 2), ["a => b", "c"], "leave out ' => '"),
        (torch.nn.Identity(), ["a", "b"], "is a torch.nn.Linear"),
    ],
)
def test_a_classifier_that_does_not_fit_is_refused(
    classifier, classes, words, ecapa, tmp_path
):
    encoder, _, _ = ecapa
    with pytest.raises(ValueError, match=words):
        export_classifier(
            tmp_path / "model",
            model_yaml("ecapa"),
            encoder,
            classifier,
            classes,
            CARD,
        )
    assert not list(tmp_path.iterdir())
