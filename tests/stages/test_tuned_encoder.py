"""Experiments that tune a pretrained encoder, from end to end on a tiny Whisper."""

import json

import pytest
import torch
from speechbrain.inference.classifiers import EncoderClassifier

from sb_contrastive.experiment import Experiment

STEP = (
    "{trainable: all, epochs: 1, least_steps: 2, learning_rate: "
    "!new:sb_contrastive.schedules.WarmupCosine {peak: 0.01}}"
)
ENCODER = """
!new:sb_contrastive.encoders.UtteranceEncoder
embedding_dim: 8
compute_features: !new:sb_contrastive.encoders.WhisperFrames
    hub: {hub}
    layers: weighted
    tuning: !new:sb_contrastive.encoders.Tuning
        tune: {tune}
        top_layers: 1
        rank: 2
        bottleneck: 3
backbone: !new:speechbrain.lobes.models.Xvector.Xvector
    in_channels: !ref <compute_features.frame_dim>
    lin_neurons: !ref <embedding_dim>
    tdnn_channels: [8, 8, 8, 8, 16]
affine: [blocks.16]
frame_layer: compute_features
"""


@pytest.fixture(scope="module")
def corpora(tiny_corpora):
    return tiny_corpora


@pytest.fixture
def experiment(corpora, tmp_path, whisper_model):
    def make(name, tune, **more):
        path = tmp_path / f"{tune}.yaml"
        path.write_text(ENCODER.format(hub=whisper_model, tune=tune))
        values = {
            "output_folder": tmp_path / name / tune,
            "data_folder": corpora / "iemocap",
            "prepare": "!name:sb_contrastive.corpora.prepare_iemocap"
            " {expected_utterances: 40}",
            "encoder": path,
            "batch_size": 4,
            "fold": 1,
            **more,
        }
        text = "\n".join(f"{key}: {value}" for key, value in values.items())
        return Experiment(f"hparams/{name}.yaml", text)

    return make


def load(path):
    return torch.load(path, weights_only=True)


def trained(state, prefix=""):
    name = f"{prefix}compute_features.tuned.network."
    return {k.removeprefix(name) for k in state if k.startswith(name)}


def test_pretrained_fine_tuned_and_exported(experiment, corpora):
    run = experiment(
        "dino_ser",
        "lora",
        unlabelled=corpora / "voxceleb",
        prototypes=16,
        pretrain_batch_size=8,
        pretrain="{epochs: 1, least_steps: 2}",
        finetune_affine=STEP,
        finetune_all=STEP,
        finetune_augmentation="null",
        stages="[pretrain, two_step, report, export]",
    )
    run.run()
    state = load(run.folder / "pretrain/encoder.ckpt")
    names = trained(state)
    assert len(names) == 8 and all("adapter_" in name for name in names)
    folder = run.folder / "labels_100/two_step/fold_1/finetune_all"
    tuned = load(folder / "model.ckpt")
    assert trained(tuned, "encoder.") == names
    assert not any(
        torch.equal(tuned[f"encoder.{k}"], v)
        for k, v in state.items()
        if "adapter_up" in k
    )
    # The export compares what SpeechBrain loads with the encoder itself
    exported = run.folder / "model"
    assert (exported / "compute_features.ckpt").stat().st_size < 20_000
    model = EncoderClassifier.from_hparams(source=str(exported))
    posteriors = model.classify_batch(0.1 * torch.randn(2, 8000))[0]
    assert posteriors.shape == (2, 4) and posteriors.isfinite().all()


@pytest.mark.parametrize("tune", ["top_k", "houlsby", "all"])
def test_two_losses_before_the_classes(experiment, tune):
    run = experiment(
        "combined_ser",
        tune,
        projection_dim=4,
        items_per_class=3,
        reshape=STEP,
        adapter=STEP.replace("all", "output"),
        train_end_to_end=STEP,
        reshape_augmentation="null",
        stages="[two_step, end_to_end, report]",
    )
    run.run()
    metrics = json.loads((run.folder / "results.json").read_text())["metrics"]
    assert len(metrics) == 2
    one, other = (
        load(run.folder / f"labels_100/{name}/fold_1/{step}/model.ckpt")
        for name, step in (
            ("two_step", "reshape"),
            ("end_to_end", "train_end_to_end"),
        )
    )
    names = trained(one, "encoder.")
    assert names == trained(other, "encoder.")
    assert {"adapter_" in name for name in names} == {tune == "houlsby"}


def test_an_adapter_on_the_frames_of_a_tuned_encoder(experiment, corpora):
    run = experiment(
        "adapter_ser",
        "lora",
        unlabelled=corpora / "voxceleb",
        prototypes=16,
        pretrain_batch_size=8,
        pretrain="{epochs: 1, least_steps: 2}",
        adapt="{epochs: 1, least_steps: 2}",
        adapter_dim=16,
        num_attributes=4,
        check_from=2,
        finetune=STEP,
        stages="[pretrain, adapt, adapted, report, export]",
    )
    run.run()
    names = trained(load(run.folder / "pretrain/encoder.ckpt"))
    assert names and all("adapter_" in name for name in names)
    model = EncoderClassifier.from_hparams(source=str(run.folder / "model"))
    assert model.classify_batch(torch.randn(1, 8000))[0].isfinite().all()
