"""What is exported with a classifier is what SpeechBrain's inference computes."""

import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
import torch
from speechbrain.inference.classifiers import EncoderClassifier

from sb_contrastive.export import export_classifier, export_encoder

CLASSES = ["sad", "angry", "neutral"]  # not sorted: their order must survive
CARD = {"title": "A test", "note": "Random weights."}


@pytest.mark.parametrize(
    "name, tolerance",
    # SpeechBrain's own x-vector pooling is noisy
    [("ecapa", 1e-5), ("resnet", 1e-5), ("xvector", 1e-5), ("noisy", 1e-3)],
)
def test_speechbrain_computes_the_same(
    name, tolerance, tmp_path, wavs, wav_files, built, model_yaml, small_yaml
):
    path = small_yaml() if name == "noisy" else model_yaml(name)
    encoder = built(path)
    classifier = torch.nn.Linear(encoder.embedding_dim, len(CLASSES))
    folder = export_classifier(
        tmp_path / "model", path, encoder, classifier, CLASSES, CARD
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
    assert ("adds noise" in text) == (name == "noisy")
    assert ("it needs sb_contrastive" in text) == (name == "xvector")


@pytest.mark.parametrize("classifies", [True, False])
def test_the_code_of_the_card_runs(
    classifies, ecapa, tmp_path, wav_files, model_yaml
):
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
    classifier, classes, words, ecapa, tmp_path, model_yaml
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
