"""Stage `pretrain` with labels: a supervised Brain in the place of DINO's."""

import json

import pytest
import torch

from sb_contrastive.brains import SpeakerBrain
from sb_contrastive.corpora import prepare_voxceleb
from sb_contrastive.data.manifests.manifest import read_manifest, write_manifest
from sb_contrastive.experiment import Experiment
from sb_contrastive.progress import display
from sb_contrastive.synthetic import write_voxceleb

YAML = """
seed: 1986
__set_seed: !apply:speechbrain.utils.seed_everything [!ref <seed>]
output_folder: {folder}
stages: [pretrain]
pretrain: !name:sb_contrastive.stages.pretrain
    epochs: 2
    targets: {targets}
unlabelled: {unlabelled}
data_root: null
data_folder: null
manifest: null
on_bad_audio: stop
trim_silence_db: 0
pretrain_batch_size: 4
pretrain_validation_share: 0.4
num_workers: 0
tensorboard: False
augmentation: null
crops: !new:sb_contrastive.data.views.RandomCrops
    counts: [1]
    seconds: [0.5]
    seed: !ref <seed>
encoder: !new:sb_contrastive.encoders.UtteranceEncoder
    embedding_dim: 8
    compute_features: !new:speechbrain.lobes.features.Fbank
        n_mels: 16
    backbone: !new:speechbrain.lobes.models.Xvector.Xvector
        in_channels: 16
        lin_neurons: 8
        tdnn_channels: [8, 8, 8, 8, 16]
pretraining_brain: !name:sb_contrastive.brains.SpeakerBrain
    modules:
        encoder: !ref <encoder>
    classifier: !name:speechbrain.lobes.models.ECAPA_TDNN.Classifier
        input_size: 8
    loss: !new:speechbrain.nnet.losses.LogSoftmaxWrapper
        loss_fn: !new:speechbrain.nnet.losses.AdditiveAngularMargin
            margin: 0.2
            scale: 30
    crops: !ref <crops>
    augmentation: !ref <augmentation>
    opt_class: !name:torch.optim.AdamW
    learning_rate: !new:sb_contrastive.schedules.WarmupCosine
        peak: 0.01
"""


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    """The built-in corpus, by way of the recipe's parser."""
    folder = tmp_path_factory.mktemp("corpus")
    root = write_voxceleb(
        str(folder / "voxceleb"), speakers=8, videos=2, utterances=1, jobs=1
    )
    prepare_voxceleb(root, folder / "train.csv")
    rows = read_manifest(folder / "train.csv", data_root=root)
    write_manifest(rows, folder / "absolute.csv")
    return folder / "absolute.csv"


@pytest.fixture
def run(manifest, tmp_path):
    def start(name, targets="spk_id", rows=None, more=""):
        unlabelled = manifest
        if rows is not None:
            unlabelled = tmp_path / "rows.csv"
            write_manifest(rows, unlabelled)
        path, folder = tmp_path / f"{name}.yaml", tmp_path / name
        path.write_text(
            YAML.format(folder=folder, targets=targets, unlabelled=unlabelled)
            + more
        )
        Experiment(path).run()
        return folder

    return start


def test_a_supervised_brain_gets_targets_of_its_training_speakers(
    run, manifest, monkeypatch
):
    seen = {}
    fit = SpeakerBrain.fit

    def watch(self, counter, train, valid, **kwargs):
        seen["targets"] = {i: train[k]["target"] for k, i in _named(train)}
        seen["weights"] = self.modules.classifier.weight.shape
        seen["valid"] = valid[0].keys()
        seen["held"] = set(self.speakers.values())
        return fit(self, counter, train, valid, **kwargs)

    monkeypatch.setattr(SpeakerBrain, "fit", watch)
    folder = run("supervised")
    speakers = {r["ID"]: r["spk_id"] for r in read_manifest(manifest)}
    trained = sorted({speakers[i] for i in seen["targets"]})
    assert not set(trained) & seen["held"] and seen["held"]
    assert seen["targets"] == {
        i: trained.index(speakers[i]) for i in seen["targets"]
    }
    assert seen["weights"] == (len(trained), 8)
    assert set(seen["valid"]) == {"id", "crop"}
    log = json.loads((folder / "pretrain/log.json").read_text())["epochs"]
    assert [row["epoch"] for row in log] == [1, 2]
    assert {"train_accuracy", "speaker_eer"} <= log[0].keys()
    weights = torch.load(folder / "pretrain/encoder.ckpt", weights_only=True)
    assert all("classifier" not in name for name in weights)


def _named(dataset):
    return enumerate(dataset.data_ids)


def test_a_row_without_the_target_is_named(run, manifest):
    rows = [dict(row) for row in read_manifest(manifest)]
    del rows[3]["spk_id"]
    with pytest.raises(
        ValueError, match="has no 'spk_id' .or 'speaker'., which the stage"
    ):
        run("gap", rows=rows)
    with pytest.raises(
        ValueError, match="has no 'spk_idd'.*did you mean 'spk_id'"
    ):
        run("typo", targets="spk_idd")


def test_one_class_cannot_be_told_apart(run, manifest):
    rows = [{**row, "label": "x"} for row in read_manifest(manifest)]
    with pytest.raises(ValueError, match="has one 'label', 'x'"):
        run("one", targets="label", rows=rows)


def test_an_epoch_is_chosen_without_labels(run, monkeypatch):
    epochs = []
    finish = SpeakerBrain.finish_epoch

    def noted(self, epoch, train, valid):
        state = self.pretrained_encoder().state_dict()
        epochs.append({k: v.clone() for k, v in state.items()})
        # So that the first is the best by all measures
        valid |= {"lidar": -epoch, "rankme": -epoch, "crop_eer": epoch}
        valid |= {"alpha_req": epoch, "cluster_stability": -epoch}
        return finish(self, epoch, train, valid)

    monkeypatch.setattr(SpeakerBrain, "finish_epoch", noted)
    folder = run("chosen", more="select: label_free\n") / "pretrain"
    log = json.loads((folder / "log.json").read_text())
    assert log["selected_epoch"] == 1 and len(log["epochs"]) == 2
    weights = torch.load(folder / "encoder.ckpt", weights_only=True)
    assert weights.keys() == epochs[0].keys()
    assert all(torch.equal(v, epochs[0][k]) for k, v in weights.items())
    folder = run("last") / "pretrain"
    log = json.loads((folder / "log.json").read_text())
    assert "selected_epoch" not in log and log["epochs"][1]["lidar"] == -2


@pytest.mark.parametrize(
    "more, words",
    [
        (
            "select: best\n",
            "--select is one of last, label_free, crop_agreement, not 'best'",
        ),
        (
            "select: label_free\n",
            "4 held-out utterances or more, and there are 2: raise "
            "--pretrain_validation_share",
        ),
    ],
)
def test_nothing_to_choose_by_is_told_before_training(
    run, manifest, more, words
):
    rows = [{**row, "spk_id": row["ID"]} for row in read_manifest(manifest)]
    with pytest.raises(ValueError, match=words):
        run("refused", rows=rows[:6], more=more)


def test_an_exact_number_of_steps(manifest, tmp_path, monkeypatch):
    ends = []
    fit = SpeakerBrain.fit

    def watch(self, counter, train, valid, **kwargs):
        fit(self, counter, train, valid, **kwargs)
        ends.append((len(train), self.optimizer_step, self.progress))

    monkeypatch.setattr(SpeakerBrain, "fit", watch)
    path, folder = tmp_path / "steps.yaml", tmp_path / "steps"
    path.write_text(
        YAML.format(folder=folder, targets="spk_id", unlabelled=manifest)
    )
    values = "pretrain: {steps: 6}\npretrain_batch_size: 2"
    with display("quiet") as shown:
        Experiment(path, values).run()
    assert shown.plan.steps_of("pretrain") == (6, 6)
    ((utterances, steps, progress),) = ends
    assert utterances // 2 == 4  # so that the second epoch ends early
    assert (steps, progress) == (6, 1.0)
    log = json.loads((folder / "pretrain/log.json").read_text())["epochs"]
    assert [row["epoch"] for row in log] == [1, 2]
    assert (folder / "pretrain/encoder.ckpt").is_file()
