"""An exported model reaches the figures of its card, by the code of its card."""

import csv
import json
import re
import shutil

import numpy as np
import pytest
import soundfile
import torch
from speechbrain.inference.classifiers import EncoderClassifier

from sb_contrastive.command_line import main
from sb_contrastive.experiment import Experiment
from sb_contrastive.export import SpeechOnly
from sb_contrastive.systems import ClassifierStep

RATE = 16000
CLASSES = ("high", "low")
STEP = (
    "{trainable: all, epochs: 10, least_steps: 1, learning_rate: "
    "!new:sb_contrastive.schedules.WarmupCosine {peak: 0.02}}"
)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    """Tones of three speakers between long stretches of hum, 40 dB below them."""
    folder, rng = tmp_path_factory.mktemp("tones"), np.random.default_rng(4)
    lines = ["wav,label,spk_id"]
    for speaker in range(3):
        for label in CLASSES:
            for number in range(5):
                t = np.arange(RATE // 2) / RATE
                pitch = (1800 if label == "high" else 600) + 60 * speaker
                tone = np.sin(2 * np.pi * pitch * t)
                before, after = rng.integers(RATE // 4, RATE, 2)
                wav = np.zeros(before + len(t) + after)
                wav[before : before + len(t)] = 0.3 * tone
                wav += 0.002 * np.sin(np.arange(len(wav)) * 0.9)
                wav += 1e-4 * rng.standard_normal(len(wav)) + 0.01
                name = f"{speaker}_{label}_{number}.wav"
                soundfile.write(folder / name, wav, RATE)
                lines.append(f"{name},{label},s{speaker}")
    path = folder / "tones.csv"
    path.write_text("\n".join(lines))
    return path


@pytest.fixture(scope="module")
def exact(tmp_path_factory, tiny_encoder):
    """A tiny encoder; SpeechBrain's own pooling is noisy, which no figure may
    hang on."""
    path = tmp_path_factory.mktemp("exact") / "encoder.yaml"
    text = tiny_encoder.read_text().replace("blocks.16", "affine")
    path.write_text(
        text.replace(
            "speechbrain.lobes.models.Xvector.Xvector",
            "sb_contrastive.encoders.XVector",
        )
    )
    return path


@pytest.fixture(scope="module")
def exported(manifest, exact, tmp_path_factory):
    """The output folder of an experiment that cuts silence and exports."""
    values = {
        "output_folder": tmp_path_factory.mktemp("run") / "out",
        "manifest": manifest,
        "encoder": exact,
        "stages": "[from_scratch, report, export]",
        "export": "!name:sb_contrastive.stages.export {system: from_scratch}",
        "trim_silence_db": 25,
        "train_from_scratch": STEP,
        "finetune_augmentation": "null",
        "chunk_seconds": 0.5,
        "batch_size": 8,
        "fold": "s0",
        "seed": 3,
    }
    text = "\n".join(f"{key}: {value}" for key, value in values.items())
    run = Experiment("hparams/dino_ser.yaml", text)
    run.run()
    return run.folder


def accuracies(model, manifest):
    """WA and UA in per cent on the test fold, as a user of SpeechBrain finds them."""
    right = {label: [] for label in CLASSES}
    with open(manifest, encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["spk_id"] == "s0":
                *_, label = model.classify_file(
                    str(manifest.parent / row["wav"])
                )
                right[row["label"]].append(label == [row["label"]])
    every = [hit for hits in right.values() for hit in hits]
    unweighted = np.mean([np.mean(hits) for hits in right.values()])
    return f"WA {np.mean(every):.1%}, UA {unweighted:.1%}"


def test_both_figures_of_the_card_are_reproduced(exported, manifest):
    folder = exported / "model"
    card = (folder / "README.md").read_text()
    (cut,) = re.findall(r"Fold s0: (.*?) with the silence cut", card)
    (alone,) = re.findall(r"SpeechBrain alone hears: (.*?)\. Mean", card)
    assert cut != alone  # else this test would tell nothing
    model = EncoderClassifier.from_hparams(source=str(folder))
    assert accuracies(model, manifest) == alone
    model.audio_normalizer = SpeechOnly(model.hparams.trim_silence_db)
    assert accuracies(model, manifest) == cut
    results = json.loads((exported / "results.json").read_text())
    fold = results["metrics"]["from_scratch"]["folds"]["s0"]
    assert cut == f"WA {fold['WA']:.1%}, UA {fold['UA']:.1%}"


def test_the_code_of_the_card_cuts_as_in_training(exported, manifest):
    text = (exported / "model" / "README.md").read_text()
    wav = str(manifest.parent / "0_high_0.wav")
    values = {}
    for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        code = code.replace("path/of/this/folder", str(exported / "model"))
        exec(code.replace("speech.wav", wav), values)
    path = exported / "labels_100/from_scratch/fold_s0/predictions.csv"
    with open(path, encoding="utf-8") as file:
        (row,) = [r for r in csv.DictReader(file) if r["ID"] == "0_high_0"]
    assert values["label"] == [row["prediction"]]
    for name, p in zip(CLASSES, values["log_posteriors"].exp()[0].tolist()):
        assert p == pytest.approx(float(row[f"p_{name}"]), abs=1e-4)


def test_commands_cut_without_being_told(exported, manifest, tmp_path):
    wav = str(manifest.parent / "1_low_2.wav")
    found = {}
    for name, options in {
        "as trained": [],
        "the same": ["--trim_silence_db", "25"],
        "whole": ["--trim_silence_db", "0"],
    }.items():
        out = tmp_path / "out.npz"
        main(["embed", str(exported / "model"), wav, "-o", str(out), *options])
        found[name] = np.load(out)["embeddings"][0]
    np.testing.assert_array_equal(found["as trained"], found["the same"])
    assert not np.allclose(found["as trained"], found["whole"], rtol=0.01)


def test_what_is_exported_is_a_start(exported, exact, manifest, tmp_path):
    def start(encoder):
        text = f"""
            output_folder: {tmp_path}/out
            manifest: {manifest}
            encoder: {encoder}
            stages: [from_scratch]
            from_scratch: {{start: {exported}/model}}
            fold: s1
        """
        run = Experiment("hparams/dino_ser.yaml", text)
        system = run.system("from_scratch")
        system.check()
        step = system.steps[0].call(system.part(1.0, "s1"), "step")
        start = system.pretrained(1.0, "s1")
        step.take_over({"encoder": step.encoder}, start, True)
        return step.encoder.state_dict()

    weights = torch.load(
        exported
        / "labels_100/from_scratch/fold_s0/train_from_scratch/model.ckpt"
    )
    for name, value in start(exact).items():
        assert value.equal(weights[f"encoder.{name}"])
    with pytest.raises(ValueError, match="the weights of another network"):
        start("xvector")


def test_nothing_written_names_a_folder_of_this_machine(exported, manifest):
    for file in ("README.md", "hyperparams.yaml"):
        text = (exported / "model" / file).read_text()
        assert str(manifest.parent) not in text
        assert str(exported.parent) not in text
        assert not re.search(r"(?<![\w:/.-])/\w+/", text)


@pytest.fixture(scope="module")
def final(exported, tmp_path_factory):
    """A copy of that folder, with the model of all data, by the command."""
    folder = tmp_path_factory.mktemp("final") / "out"
    shutil.copytree(exported, folder)
    shutil.rmtree(folder / "model")
    main(["export", str(folder), "--all_data"])
    return folder


def test_a_final_model_of_all_data_says_that_nothing_tested_it(final, exported):
    trained = final / "labels_100/from_scratch/all_data"
    told = json.loads((trained / "trained.json").read_text())
    assert told["utterances"] == 30
    # Ten epochs of one batch on a fold's ten utterances; three batches here
    log = json.loads((trained / "train_from_scratch/log.json").read_text())
    assert told["steps"]["train_from_scratch"]["least_steps"] == 10
    assert [row["epoch"] for row in log["epochs"]] == [4]  # the last alone
    weights = torch.load(trained / "train_from_scratch/model.ckpt")
    model = EncoderClassifier.from_hparams(source=str(final / "model"))
    for name, value in model.mods.embedding_model.state_dict().items():
        assert value.equal(weights[f"encoder.backbone.{name}"])
    card = (final / "model/README.md").read_text()
    old = (exported / "model/README.md").read_text()
    (estimate,) = re.findall(r"Mean of folds: (.*?)\.\n", old)
    assert f"the mean of the folds' models: {estimate}." in card
    assert "no utterance was left to test this model on" in card
    assert "has not seen fold" not in card
    provenance = json.loads((final / "provenance.json").read_text())
    calls = provenance["from_scratch"]["calls"]
    assert "<output_folder>/labels_100/from_scratch/all_data" in calls


def test_it_is_trained_once_and_the_fold_s_model_is_there_too(
    final, exported, monkeypatch
):
    monkeypatch.setattr(ClassifierStep, "run", None)  # may not be called
    main(["export", str(final), "--all_data"])
    main(["export", str(final)])
    one, other = (
        torch.load(folder / "model/embedding_model.ckpt")
        for folder in (final, exported)
    )
    assert all(one[name].equal(other[name]) for name in other)
    # The run is as finished as before: the experiment is left as it was
    for file in ("experiment.yaml", "results.json"):
        before = (exported / file).read_text()
        assert (final / file).read_text() == before


@pytest.mark.parametrize(
    "words, said",
    [
        (["nowhere"], "is not the output folder of an experiment"),
        (["{run}/model"], "is not the output folder of an experiment"),
        (["{run}", "-o", "a.onnx"], "are for --onnx"),
        (["{run}", "--onnx"], "is the folder of an experiment: its models are"),
        (["{run}/model", "--onnx", "--all_data"], "choose the model of a run"),
        (["{run}", "--system", "two_stp"], "did you mean 'two_step'"),
        (["{run}", "--system", "two_step"], "holds no model of two_step"),
    ],
)
def test_mistakes_of_the_command(exported, words, said, capsys):
    with pytest.raises(SystemExit):
        main(["export", *(word.format(run=exported) for word in words)])
    assert said in capsys.readouterr().err
