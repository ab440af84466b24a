"""Whatever the encoder is made of, the folder holds all of it."""

import torch
from speechbrain.inference.classifiers import EncoderClassifier

from sb_contrastive.export import export_classifier, export_encoder

CLASSES = ["sad", "angry", "neutral"]
CARD = {"title": "A test"}

OWN_BACKBONE = """
import torch

class Backbone(torch.nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.linear = torch.nn.Linear(inputs, outputs)

    def forward(self, features):  # without lengths
        return self.linear(features).mean(dim=1)
"""


def test_a_backbone_of_ones_own(tmp_path, wavs, monkeypatch, built, small_yaml):
    (tmp_path / "sbc_test_backbone.py").write_text(OWN_BACKBONE)
    monkeypatch.syspath_prepend(tmp_path)
    path = small_yaml(
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


def test_statistics_of_a_global_normalisation_come_along(
    tmp_path, wavs, built, small_yaml
):
    norm = "!new:speechbrain.processing.features.InputNormalization {}"
    path = small_yaml(norm=norm)
    encoder = built(path)
    encoder.mean_var_norm.glob_mean += 5.0  # far from what one file would give
    folder = export_encoder(tmp_path / "model", path, encoder, CARD)
    model = EncoderClassifier.from_hparams(source=folder)
    with torch.no_grad():
        expected = encoder(wavs)
    torch.testing.assert_close(
        model.encode_batch(wavs)[:, 0], expected, atol=1e-3, rtol=0
    )
