"""Systems that tune the upper layers of a tiny Whisper on cached frames of the lower ones."""

import numpy as np
import pytest
import torch

from sb_contrastive.brains import ClassificationBrain
from sb_contrastive.encoders import WhisperFrames
from sb_contrastive.experiment import Experiment

CLASSES = ["ang", "hap", "neu", "sad"]
STEP = (
    "{epochs: 3, least_steps: 1, learning_rate: "
    "!new:sb_contrastive.schedules.WarmupCosine {peak: 0.01}}"
)
AUGMENTATION = "!new:sb_contrastive.data.augmentation.Augmentation {seed: 1}"


@pytest.fixture(scope="module")
def corpus(tiny_corpora):
    return tiny_corpora / "iemocap"


@pytest.fixture
def experiment(corpus, tmp_path, whisper_model):
    def make(folder="run", **more):
        values = {
            "output_folder": tmp_path / folder,
            "features_folder": tmp_path / "features",
            "data_folder": corpus,
            "prepare": "!name:sb_contrastive.corpora.prepare_iemocap"
            " {expected_utterances: 40}",
            "hub": whisper_model,
            "tune": "top_k",
            "top_layers": 1,
            "cache_frozen": True,
            "chunk_seconds": 0.5,
            "batch_size": 8,
            "items_per_class": 3,
            "projector": "{output_dim: 4}",
            "fold": 1,
            "train_end_to_end": STEP,
            "go_on": STEP,
            "reshape": STEP,
            "stages": "[end_to_end]",
            **more,
        }
        text = "\n".join(f"{key}: {value}" for key, value in values.items())
        return Experiment("hparams/tuned_ser.yaml", text)

    return make


@pytest.fixture
def lower_passes(monkeypatch):
    """Counts how often audio goes through the trained front end."""
    calls, encode = [], WhisperFrames._encode

    def counted(self, wavs):
        if self.trains:
            calls.append(len(wavs))
        return encode(self, wavs)

    monkeypatch.setattr(WhisperFrames, "_encode", counted)
    return calls


def posteriors(rows):
    return [[float(row[f"p_{name}"]) for name in CLASSES] for row in rows]


def weights(run, system, step):
    path = run.folder / f"labels_100/{system}/fold_1/{step}/model.ckpt"
    return torch.load(path, weights_only=True)


def test_only_predictions_of_other_rows_need_the_audio(
    experiment, lower_passes
):
    run = experiment()
    run.run()
    assert not lower_passes
    name = "encoder.compute_features.tuned.network."
    state = weights(run, "end_to_end", "train_end_to_end")
    tuned = [k for k in state if k.startswith(name)]
    assert tuned and all(".layers.1." in k or "layer_norm" in k for k in tuned)
    system = run.system("end_to_end")
    kept = system.predictions(1.0)["1"]
    step, networks = system.trained(1.0, "1")
    rows = {row["ID"]: row for row in system.part(1.0, "1").test}
    again = step.posteriors(networks, [rows[row["ID"]] for row in kept])
    assert sum(lower_passes) == len(kept) == 8
    np.testing.assert_allclose(again, posteriors(kept), atol=2e-3)


def test_two_losses_first(experiment):
    run = experiment(stages="[two_step]")
    run.run()
    assert weights(run, "two_step", "reshape")
    assert len(run.system("two_step").predictions(1.0)["1"]) == 8


def test_resumed_equals_uninterrupted(experiment, monkeypatch, tmp_path):
    whole, cut = experiment("whole"), experiment("cut")
    whole.run()
    [frames] = (tmp_path / "features").glob("*/features.f16")
    size = frames.stat().st_size
    fit_batch = ClassificationBrain.fit_batch

    def killed(brain, batch):
        if brain.optimizer_step == 4:
            raise InterruptedError
        return fit_batch(brain, batch)

    monkeypatch.setattr(ClassificationBrain, "fit_batch", killed)
    with pytest.raises(InterruptedError):
        cut.run()
    monkeypatch.setattr(ClassificationBrain, "fit_batch", fit_batch)
    torch.manual_seed(99)
    experiment("cut").run()
    one, other = (
        weights(run, "end_to_end", "train_end_to_end") for run in (whole, cut)
    )
    torch.testing.assert_close(other, one, rtol=0, atol=0)
    assert frames.stat().st_size == size  # nothing was computed again


@pytest.mark.parametrize(
    "values, message",
    [
        ({"tune": "lora"}, "tune: lora leaves none: set tune to top_k"),
        ({"spec_augment": True}, "spec_augment makes other ones"),
        (
            {
                "finetune_augmentation": AUGMENTATION,
            },
            "the augmentation of the training crops makes other ones",
        ),
        (
            {
                "stages": "[two_step]",
                "reshape_augmentation": AUGMENTATION,
            },
            "the augmentation of the training crops makes other ones",
        ),
    ],
)
def test_what_changes_the_frames_is_refused_before_anything_runs(
    experiment, values, message
):
    run = experiment(**values)
    with pytest.raises(ValueError, match=message):
        run.run()
    assert not (run.folder / "labels_100").exists()


def test_an_encoder_without_frozen_layers_is_refused(
    corpus, tmp_path, tiny_encoder
):
    run = Experiment(
        "hparams/dino_ser.yaml",
        f"output_folder: {tmp_path}\ndata_folder: {corpus}\n"
        f"encoder: {tiny_encoder}\ncache_frozen: True\nstages: [two_step]\n"
        "two_step: {start: null}\n"
        "prepare: !name:sb_contrastive.corpora.prepare_iemocap"
        " {expected_utterances: 40}",
    )
    with pytest.raises(ValueError, match="begins with Fbank: set cache_frozen"):
        run.run()
