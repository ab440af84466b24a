"""An encoder alone verifies speakers, also where this package is not, and is left as it was."""

import os
import subprocess
import sys

import pytest
import torch
from speechbrain.inference.speaker import SpeakerRecognition

from sb_contrastive.experiment import Experiment
from sb_contrastive.export import export_encoder

CARD = {"title": "A test"}


@pytest.mark.parametrize("name", ["ecapa", "resnet"])
def test_an_encoder_verifies_speakers(
    name, tmp_path, wavs, wav_files, built, model_yaml
):
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


def test_the_encoder_and_the_random_numbers_stay_as_they_were(
    tmp_path, built, small_yaml
):
    path = small_yaml()
    encoder = built(path).train()
    before = {k: v.clone() for k, v in encoder.state_dict().items()}
    state = torch.get_rng_state()
    export_encoder(tmp_path / "model", path, encoder, CARD)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(module.training for module in encoder.modules())
    after = encoder.state_dict()
    assert all(torch.equal(after[k], before[k]) for k in before)


def test_a_hugging_face_front_end_is_named_and_not_copied(
    tmp_path, hugging_face_model
):
    experiment = Experiment(
        "hparams/dino_ser.yaml",
        f"encoder: hubert\nhub: {hugging_face_model(norm='group')}\n"
        f"layers: weighted\noutput_folder: {tmp_path / 'results'}",
    )
    encoder = experiment.load()["encoder"].eval()
    with torch.no_grad():
        encoder.compute_features.layer_weights[1] = 2.0
    # It compares what SpeechBrain loads from the folder with this encoder
    folder = export_encoder(
        tmp_path / "model", experiment.write_resolved(), encoder, {"title": "x"}
    )
    size = (folder / "compute_features.ckpt").stat().st_size
    assert size < 5000
    text = (folder / "hyperparams.yaml").read_text()
    assert str(hugging_face_model(norm="group")) in text
    readme = (folder / "README.md").read_text()
    assert "sb_contrastive" in readme and "getattr" not in readme


def test_it_verifies_where_this_package_cannot_be_imported(
    tmp_path, wavs, wav_files, built, model_yaml
):
    encoder = built(model_yaml("ecapa"))
    folder = export_encoder(
        tmp_path / "model", model_yaml("ecapa"), encoder, CARD
    )
    code = f"""
import sys
sys.modules["sb_contrastive"] = None  # importing it raises ImportError
from speechbrain.inference.speaker import SpeakerRecognition
model = SpeakerRecognition.from_hparams(source={str(folder)!r})
print(model.verify_files({wav_files[0]!r}, {wav_files[1]!r})[0].item())
"""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    with torch.no_grad():
        expected = torch.cosine_similarity(*encoder(wavs), dim=0)
    score = float(done.stdout.split()[-1])
    assert score == pytest.approx(expected.item(), abs=1e-5)
