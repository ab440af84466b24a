"""Whatever the encoder is made of, the folder holds all of it."""

import pytest
import torch
from speechbrain.inference.classifiers import EncoderClassifier

from sb_contrastive.export import export_classifier, export_encoder

CLASSES = ["sad", "angry", "neutral"]
CARD = {"title": "A test"}

OWN_PARTS = """
import torch

class Gain(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.gain = torch.nn.Parameter(torch.ones(1))

    def forward(self, features, lengths):
        return self.gain * features

class Backbone(torch.nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.linear = torch.nn.Linear(inputs, outputs)

    def forward(self, features):  # without lengths
        return self.linear(features).mean(dim=1)
"""


@pytest.fixture
def own_parts(tmp_path, monkeypatch):
    (tmp_path / "sbc_test_parts.py").write_text(OWN_PARTS)
    monkeypatch.syspath_prepend(tmp_path)


def test_a_backbone_of_ones_own(tmp_path, wavs, own_parts, built, small_yaml):
    path = small_yaml(
        "!new:sbc_test_parts.Backbone\n"
        "    inputs: !ref <compute_features[n_mels]>\n"
        "    outputs: !ref <embedding_dim>",
    )
    encoder = built(path)
    classifier = torch.nn.Linear(8, 3, bias=False)
    folder = export_classifier(
        tmp_path / "model", path, encoder, classifier, CLASSES, CARD
    )
    readme = (folder / "README.md").read_text()
    assert "Besides SpeechBrain it needs sbc_test_parts." in readme
    model = EncoderClassifier.from_hparams(source=folder)
    with torch.no_grad():
        expected = encoder(wavs)
        posteriors = classifier(expected).log_softmax(dim=-1)
    torch.testing.assert_close(model.encode_batch(wavs), expected)
    torch.testing.assert_close(model.classify_batch(wavs)[0], posteriors)


def test_what_a_normalisation_has_learnt_comes_along(
    tmp_path, wavs, own_parts, built, small_yaml
):
    path = small_yaml(norm="!new:sbc_test_parts.Gain {}")
    encoder = built(path)
    torch.nn.init.constant_(encoder.mean_var_norm.gain, 0.3)
    folder = export_encoder(tmp_path / "model", path, encoder, CARD)
    model = EncoderClassifier.from_hparams(source=folder)
    with torch.no_grad():
        expected = encoder(wavs)
    torch.testing.assert_close(
        model.encode_batch(wavs)[:, 0], expected, atol=1e-3, rtol=0
    )
