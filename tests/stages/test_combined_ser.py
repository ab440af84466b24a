"""hparams/combined_ser.yaml from end to end on a tiny corpus: both steps, baseline, export, resuming."""

import gc
import json

import pytest
import torch
from speechbrain.inference.classifiers import EncoderClassifier

from sb_contrastive.brains import MetricLearningBrain
from sb_contrastive.brains.base import TrainingBrain
from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.experiment import Experiment
from sb_contrastive.systems.metric_learning_step import MetricLearningStep
from sb_contrastive.systems.part import Part
from sb_contrastive.systems.space import measurable

SPACE = (
    "{{loss: !ref <{}>, "
    "embedding: {}, trainable: all, epochs: 2, least_steps: 1, learning_rate: "
    "!new:sb_contrastive.schedules.WarmupCosine {{peak: 0.01}}}}"
)
STEP = (
    "{{classifier: !ref <class_adapter>, embedding: {}, trainable: {}, epochs: "
    "2, least_steps: 1, learning_rate: "
    "!new:sb_contrastive.schedules.WarmupCosine {{peak: 0.01}}}}"
)


@pytest.fixture(scope="module")
def corpus(tiny_corpora):
    return tiny_corpora / "iemocap"


@pytest.fixture
def experiment(corpus, tmp_path, tiny_encoder):
    def make(name, **more):
        values = {
            "output_folder": tmp_path / name,
            "data_folder": corpus,
            "prepare": "!name:sb_contrastive.corpora.prepare_iemocap"
            " {expected_utterances: 40}",
            "encoder": tiny_encoder,
            "projection_dim": 4,
            "items_per_class": 3,
            "batch_size": 4,
            "reshape_augmentation": "null",
            "reshape": SPACE.format("loss", "r"),
            "reshape_authors": SPACE.format("authors_loss", "z"),
            "adapter": STEP.format("r", "output"),
            "adapter_authors": STEP.format("z", "output"),
            "train_end_to_end": STEP.format("r", "all"),
            "fold": 1,
            **more,
        }
        text = "\n".join(f"{key}: {value}" for key, value in values.items())
        return Experiment("hparams/combined_ser.yaml", text)

    return make


def load(run, path):
    return torch.load(
        run.folder / "labels_100" / path / "model.ckpt", weights_only=True
    )


def test_both_steps_the_baseline_and_a_model_that_speechbrain_loads(
    rendered, experiment, capsys
):
    run = experiment(
        "whole",
        stages="[two_step, two_step_authors, end_to_end, spaces, report, export]",
    )
    run.run()
    assert "two_step_authors" in capsys.readouterr().out
    results = json.loads((run.folder / "results.json").read_text())
    systems = {"two_step", "two_step_authors", "end_to_end"}
    assert set(results["metrics"]) == systems
    assert results["protocol"]["pretraining"] == "none"
    assert set(results["space"]) == systems
    space = results["space"]["two_step"]["reshape"]
    assert space["before"] != space["after"]
    baseline = results["space"]["end_to_end"]["train_end_to_end"]
    assert baseline["before"] == space["before"]  # the same random weights
    assert baseline["after"] not in (space["after"], baseline["before"])
    assert set(space["after"]) >= {"davies_bouldin", "ICC", "few_shot_UA_5"}
    for system, one, two in (
        ("two_step", "reshape", "adapter"),
        ("two_step_authors", "reshape_authors", "adapter_authors"),
    ):
        first = load(run, f"{system}/fold_1/{one}")
        second = load(run, f"{system}/fold_1/{two}")
        frozen = [k for k in first if k in second]
        assert any(k.startswith("encoder.") for k in frozen)
        assert any("projector" in k for k in frozen) == (two != "adapter")
        assert all(first[k].equal(second[k]) for k in frozen)
        folder = run.folder / f"labels_100/{system}/fold_1/{one}"
        assert (folder / "space.png").is_file()
        epochs = json.loads((folder / "log.json").read_text())["epochs"]
        assert "train_non_contrastive" in epochs[0]
        assert "valid_davies_bouldin" in epochs[0]
    wav = read_manifest(run.folder / "manifests" / "labelled.csv")[0]["wav"]
    model = EncoderClassifier.from_hparams(source=str(run.folder / "model"))
    _, _, _, label = model.classify_file(wav)
    assert label[0] in ("ang", "hap", "neu", "sad")


def test_a_space_is_measured_once_from_what_its_system_began_with(
    experiment, caplog
):
    """Of a system that has not run there is none."""
    first = experiment("first", stages="[end_to_end]")
    first.run()
    weights = first.folder / "labels_100/end_to_end/fold_1/train_end_to_end"
    state = torch.load(weights / "model.ckpt", weights_only=True)
    start = first.folder.parent / "start"
    start.mkdir()
    encoder = {
        k.removeprefix("encoder."): v
        for k, v in state.items()
        if k.startswith("encoder.")
    }
    torch.save(encoder, start / "encoder.ckpt")
    second = experiment("second", start=start, stages="[spaces, end_to_end]")
    second.run()
    assert "end_to_end has not run: no space" in caplog.text
    for run in (first, second):
        run.blueprint("spaces").call("spaces")
    folder = second.folder / "labels_100/end_to_end/fold_1/train_end_to_end"
    before, after = (
        json.loads((path / "space.json").read_text())
        for path in (weights, folder)
    )
    assert after["before"] == before["after"] != after["after"]
    (folder / "space.json").write_text("kept")
    second.blueprint("spaces").call("spaces")
    assert (folder / "space.json").read_text() == "kept"


def test_the_space_of_the_projector_is_exported_too(experiment):
    export = "!name:sb_contrastive.stages.export {system: two_step_authors}"
    run = experiment(
        "authors", stages="[two_step_authors, report, export]", export=export
    )
    run.run()
    row = read_manifest(run.folder / "manifests" / "labelled.csv")[0]
    model = EncoderClassifier.from_hparams(source=str(run.folder / "model"))
    out, *_ = model.classify_file(row["wav"])
    assert out.exp().sum().item() == pytest.approx(1, rel=1e-4)
    state = load(run, "two_step_authors/fold_1/adapter_authors")
    assert state["classifier.1.weight"].shape[1] == 4  # reads z


def test_a_fold_that_is_finished_leaves_no_brain_in_memory(experiment):
    gc.disable()  # whatever is let go has been let go on purpose
    try:
        experiment("one", stages="[end_to_end]").run()
        gc_objects = gc.get_objects()
        assert not [o for o in gc_objects if isinstance(o, TrainingBrain)]
    finally:
        gc.enable()


def test_an_interrupted_step_ends_in_the_same_bits(experiment, monkeypatch):
    whole = experiment("whole", stages="[two_step]")
    whole.run()
    with monkeypatch.context() as patch:
        fit_batch, count = MetricLearningBrain.fit_batch, [0]

        def stop_midway(self, batch):
            count[0] += 1
            if count[0] > 3:  # of two batches an epoch
                raise KeyboardInterrupt
            return fit_batch(self, batch)

        patch.setattr(MetricLearningBrain, "fit_batch", stop_midway)
        with pytest.raises(KeyboardInterrupt):
            experiment("broken", stages="[two_step]").run()
    broken = experiment("broken", stages="[two_step]")
    broken.run()
    for step in ("reshape", "adapter"):
        one = load(whole, f"two_step/fold_1/{step}")
        other = load(broken, f"two_step/fold_1/{step}")
        assert one.keys() == other.keys()
        assert all(one[key].equal(other[key]) for key in one), step


def test_starts_from_another_experiment_and_hears_no_test_speaker(
    experiment, tmp_path, monkeypatch
):
    other = experiment("other", stages="[end_to_end]")
    other.run()
    state = load(other, "end_to_end/fold_1/train_end_to_end")
    folder = tmp_path / "dino" / "pretrain"
    folder.mkdir(parents=True)
    encoder = {
        k.removeprefix("encoder."): v
        for k, v in state.items()
        if k.startswith("encoder.")
    }
    torch.save(encoder, folder / "encoder.ckpt")
    started, heard = {}, []
    fit = MetricLearningBrain.fit

    def watch(self, counter, train, valid, **kwargs):
        state = self.modules.encoder.state_dict()
        started.update({k: v.clone() for k, v in state.items()})
        heard.extend(
            [
                *train.data_ids,
                *valid.data_ids,
                *self.objectives["metric"].triplets.rows,
            ]
        )
        return fit(self, counter, train, valid, **kwargs)

    monkeypatch.setattr(MetricLearningBrain, "fit", watch)
    run = experiment("from", stages="[two_step, report]", start=folder)
    run.run()
    assert all(started[k].equal(encoder[k]) for k in encoder)
    assert heard and all("Ses01" not in u for u in heard)  # the test fold
    results = json.loads((run.folder / "results.json").read_text())
    assert str(folder) in results["protocol"]["pretraining"]
    with pytest.raises(FileNotFoundError, match="no file or folder"):
        experiment("gone", stages="[two_step]", start="no/where").run()


def test_a_space_is_judged_by_classes_that_have_two(caplog):
    def rows(labels):
        return [{"ID": i, "label": label} for i, label in enumerate(labels)]

    kept = measurable(rows("abcab"), "test part")
    assert [row["ID"] for row in kept] == [0, 1, 3, 4]
    assert "One utterance in the test part" in caplog.text
    assert measurable(rows("aaab"), "test part") == []
    assert measurable(rows("aabb"), "test part") == rows("aabb")


def test_a_validation_part_of_one_class_is_refused(experiment):
    run = experiment("small", stages="[two_step]")
    valid = [{"ID": "a", "label": "ang"}] * 3
    part = Part(run.folder, "1", ["ang", "sad"], valid, valid, [])
    step = run.call(
        MetricLearningStep,
        part,
        "reshape",
        epochs=1,
        learning_rate=None,
        loss=None,
    )
    with pytest.raises(ValueError, match="no two classes of two utterances"):
        step.run(None, first=True)


def test_a_system_that_ends_without_classes_is_refused(experiment):
    two_step = "!name:sb_contrastive.stages.System {steps: [reshape]}"
    run = experiment("half", stages="[two_step]", two_step=two_step)
    with pytest.raises(ValueError, match="'reshape', which predicts no"):
        run.run()
