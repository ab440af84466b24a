"""An ONNX file computes what its model does, for any length and number of rows."""

import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
import soundfile
import torch
from speechbrain.lobes.features import Fbank

from sb_contrastive.data.audio.silence import speech_with_margin
from sb_contrastive.encoders import UtteranceEncoder
from sb_contrastive.inference import Model
from sb_contrastive.onnx import run
from sb_contrastive.onnx.comparison import check_same, difference
from sb_contrastive.onnx.writing import write_onnx
from tests.onnx.conftest import BACKBONES, noise


@pytest.fixture(params=BACKBONES)
def written(request, made, files):
    """A model, its file, and the names of the outputs."""
    outputs = ["embedding", "posteriors"]
    if request.param != "ecapa":
        outputs = outputs[:1]
    return made[request.param], files[request.param], outputs


def test_it_differs_by_no_more_than_a_ten_thousandth(written):
    model, path, outputs = written
    session = onnxruntime.InferenceSession(str(path))
    assert [output.name for output in session.get_outputs()] == outputs
    apart = []
    for rows, seconds in ((1, 0.3), (4, 0.3), (2, 1.2345), (1, 11.1), (1, 60)):
        wavs = noise(rows, seconds, seed=7)
        found = session.run(outputs, {"waveforms": wavs.numpy()})
        with torch.no_grad():
            z = model.encoder(wavs)
            expected = [z.numpy()]
            if model.classifier is not None:
                p = model.classifier(z).softmax(dim=-1)
                expected.append(p.numpy())
        for name, ours, theirs in zip(outputs, expected, found):
            assert theirs.shape == ours.shape
            assert difference(name, ours, theirs) <= 1e-4
        apart.append(z[0] / z[0].norm())
    # Else cosines would tell nothing
    assert min(float(a @ b) for a in apart for b in apart) < 0.99


def test_an_offset_and_every_dimension_are_free(written):
    _, path, _ = written
    session = onnxruntime.InferenceSession(str(path))
    (given,) = session.get_inputs()
    assert given.shape == ["batch", "samples"] and given.type == "tensor(float)"
    wavs = noise(2, 0.5).numpy()
    one, other = (
        session.run(["embedding"], {"waveforms": wavs + offset})[0]
        for offset in (0, np.float32(0.1))
    )
    assert difference("embedding", one, other) < 1e-4
    operators = {node.op_type for node in onnx.load(path).graph.node}
    assert not operators & {"STFT", "DFT", "If", "Loop", "Scan"}


def test_the_script_needs_neither_torch_nor_this_package(made, files, tmp_path):
    path = files["ecapa"]
    quiet, model = np.zeros(12000, dtype=np.float32), made["ecapa"]
    for name in ("a", "b"):
        speech = noise(1, 0.8, seed=ord(name))[0].numpy()
        wav = np.concatenate([quiet, speech, quiet]) + 0.01
        soundfile.write(tmp_path / f"{name}.wav", wav, 16000)
    code = (
        "import sys, runpy\n"
        "sys.modules.update(torch=None, speechbrain=None, sb_contrastive=None)\n"
        f"sys.argv[0] = {run.__file__!r}\n"
        f"runpy.run_path({run.__file__!r}, run_name='__main__')\n"
    )
    wavs = [str(tmp_path / f"{name}.wav") for name in ("a", "b")]
    ended = subprocess.run(
        [sys.executable, "-c", code, str(path), *wavs]
        + ["-o", str(tmp_path / "out.npz")],
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    for line, wav in zip(ended.stdout.splitlines(), wavs):
        p = model.classify(wav)
        expected = f"{wav}: {model.classes[p.argmax()]} ({p.max():.4f})"
        assert line == expected
    for z, wav in zip(np.load(tmp_path / "out.npz")["embeddings"], wavs):
        assert difference("embedding", z[None], model.embed(wav)[None]) < 1e-4


@pytest.mark.parametrize(
    "samples, below", [(50000, 30), (50000, 0), (1000, 30), (50000, 1e-9)]
)
def test_the_script_cuts_silence_as_the_package_does(samples, below):
    rng = np.random.default_rng(samples)
    audio = rng.standard_normal(samples) * np.linspace(-1, 1, samples) ** 4
    first, last = speech_with_margin(audio, below) if below else (0, samples)
    np.testing.assert_array_equal(
        run.speech(audio, below, 16000), audio[first:last]
    )


class Odd(torch.nn.Module):
    """A network that asks for the values of its features."""

    def forward(self, x):
        return x.mean(dim=1) if float(x.sum()) > 0 else x.amax(dim=1)


def test_what_cannot_be_traced_is_refused_in_a_sentence(tmp_path):
    model = Model(UtteranceEncoder(Fbank(), Odd(), 40), "cpu")
    with pytest.raises(ValueError, match="cannot be written as ONNX.* Odd"):
        write_onnx(model, tmp_path / "a.onnx")
    assert not list(tmp_path.iterdir())


def test_pretrained_frames_are_refused_at_once(front_end, tmp_path):
    for family in ("whisper", "hubert"):
        frames = front_end(family)
        encoder = UtteranceEncoder(frames, Odd(), 16)
        with pytest.raises(ValueError, match="frames of a pretrained network"):
            write_onnx(Model(encoder, "cpu"), tmp_path / "a.onnx")


def test_a_file_that_differs_is_refused(made, files):
    for kind in ("xvector", "resnet"):
        other = files[kind]
        with pytest.raises(ValueError, match="would differ from the model by"):
            check_same(made["ecapa"], ["embedding"], other)
