"""README.md: its commands, and its Python, run on tiny experiments and models."""

import re
import shlex
import shutil

import numpy as np
import pytest
import soundfile

from sb_contrastive.command_line import main
from sb_contrastive.command_line.train import train
from sb_contrastive.experiment import Experiment
from sb_contrastive.experiment.overriding.overrides import parse_arguments
from tests.support.doc_pages import ROOT
from tests.support.exported_models import (  # noqa: F401
    encoder,
    encoder_yaml,
    folder,
    head,
    model,
    two_classes,
    write,
)

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
# These have tests of their own, or come below
ELSEWHERE = ("train", "export", "report", "calibrate", "speakers")
LINES = re.findall(
    r"^(?:sb-contrastive|python train.py) .*$", TEXT.replace("\\\n", " "), re.M
)
STEP = (
    "{epochs: 1, least_steps: 1, learning_rate: "
    "!new:sb_contrastive.schedules.Constant {value: 0.01}}"
)
# What makes an experiment tiny
SMALL = {
    "pretrain": "!name:sb_contrastive.stages.pretrain {epochs: 1, least_steps: 1}",
    "finetune_affine": STEP,
    "finetune_all": STEP,
    "train_from_scratch": STEP,
    "augmentation": "null",
    "finetune_augmentation": "null",
    "prototypes": "16",
    "pretrain_batch_size": "4",
    "batch_size": "4",
    "device": "cpu",
}


def words_of(start):
    """The words of the only line that begins so, after the program."""
    (line,) = [line for line in LINES if line.startswith(start)]
    return shlex.split(line, comments=True)


@pytest.fixture
def place(model, two_classes, write, tmp_path, monkeypatch):  # noqa: F811
    """A folder with all that the README names."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_run").mkdir()
    (tmp_path / "my_run/encoder").symlink_to(model)
    run = tmp_path / "results/dino_ser/1986"
    run.mkdir(parents=True)
    (run / "model").symlink_to(two_classes)
    names = ("a", "b", "speech", "more", "my_wavs/c", "my_wavs/d")
    for number, name in enumerate(names):
        write(tmp_path / f"{name}.wav", number)
    (tmp_path / "list.csv").write_text("wav\nmore.wav\n")
    (tmp_path / "my_trials.txt").write_text("1 c.wav d.wav\n0 d.wav c.wav\n")
    return tmp_path


def test_the_commands_on_a_model_run(place):
    ran = set()
    for line in LINES:
        if line.startswith("python"):
            continue
        _, command, *words = shlex.split(line, comments=True)
        if command not in ELSEWHERE:
            main([command, *words])
            ran.add(command)
    assert ran == {"embed", "verify", "evaluate", "classify", "pack"}
    assert len(np.load("embeddings.npz")["ids"]) == 4


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A folder with the experiments, and speech of four people in two classes."""
    place, rng = tmp_path_factory.mktemp("clone"), np.random.default_rng(0)
    (place / "hparams").symlink_to(ROOT / "hparams")
    (place / "my_wavs").mkdir()
    rows = ["wav,label,speaker"]
    for speaker in "abcd":
        for number in range(4):
            name = f"my_wavs/{speaker}{number}.wav"
            soundfile.write(
                place / name, 0.1 * rng.standard_normal(9600), 16000
            )
            rows.append(f"{name},{('angry', 'calm')[number % 2]},{speaker}")
    (place / "my.csv").write_text("\n".join(rows))
    (place / "my_trials.txt").write_text("1 a0.wav a1.wav\n0 a0.wav b0.wav\n")
    return place


@pytest.fixture
def trains(clone, tiny_encoder, monkeypatch):
    """Runs a line of the README that trains, at small scale."""
    monkeypatch.chdir(clone)

    def run(words, **more):
        values = {"encoder": str(tiny_encoder), **SMALL, **more}
        for name, value in values.items():
            words = [*words, f"--{name}", value]
        train(words)

    return run


def test_the_lines_that_train_are_experiments(clone, monkeypatch):
    monkeypatch.chdir(clone)
    trained = [line for line in LINES if line.startswith("python train.py")]
    for line in trained:
        words = shlex.split(line, comments=True)[2:]
        path, run_opts, overrides = parse_arguments(words)
        assert Experiment(path, overrides, run_opts).hparams["stages"]
    assert len(trained) == 4


def test_an_experiment_its_final_model_and_its_page(clone, trains):
    words = words_of("python train.py hparams/dino_ser.yaml --manifest my.csv")
    trains(words[2:], fold="a", stages="[pretrain, two_step, report, export]")
    run = clone / "results/dino_ser/1986"
    assert (run / "model/README.md").is_file()
    (export,) = re.findall(r"`sb-contrastive (export \S+ --all_data)`", TEXT)
    main(export.split())
    assert "no utterance was left" in (run / "model/README.md").read_text()
    shutil.copytree(run, run.with_name("1987"))
    main(words_of("sb-contrastive report")[1:])
    assert "1987" in (clone / "both.html").read_text()


def test_an_encoder_without_labels(clone, trains):
    (line,) = [line for line in LINES if "--output_folder my_run" in line]
    trains(shlex.split(line)[2:])
    assert (clone / "my_run/encoder/hyperparams.yaml").is_file()


def test_the_onnx_file(place):
    pytest.importorskip("onnxscript")
    main(words_of("sb-contrastive export my_run/encoder --onnx")[1:])
    assert (place / "encoder.onnx").is_file()


def test_the_python_runs(place):
    (code,) = re.findall(r"^```python\n(.*?)```", TEXT, re.M | re.S)
    values = {}
    exec(code, values)  # of the model that comes with the package
    assert values["vector"].shape == (128,)
    assert -1 <= values["cosine"] <= 1 and 0 < values["threshold"] < 1
    assert values["same"] == (values["cosine"] > values["threshold"])
