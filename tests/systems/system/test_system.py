"""A system answers whoever asks: its networks, rebuilt from files, say again what it has predicted, of whatever steps it is made."""

import pytest
import torch

from sb_contrastive.data.audio.reading import read_span
from sb_contrastive.experiment import Experiment
from sb_contrastive.systems.folders import fractions, system_folder
from sb_contrastive.systems.system.checks import check_batches

RATE = "!new:sb_contrastive.schedules.Constant {value: 0.01}"
LINEAR = f"{{epochs: 1, learning_rate: {RATE}}}"
HEAD = (
    "{classifier: !name:sb_contrastive.encoders.ClassHead {hidden_dim: 8, "
    f"dropout: 0.2}}, epochs: 1, learning_rate: {RATE}}}"
)
SHORT = f"{{epochs: 1, least_steps: 1, learning_rate: {RATE}}}"


@pytest.fixture(scope="module")
def corpus(tiny_corpora):
    return tiny_corpora / "iemocap"


@pytest.fixture
def experiment(corpus, tmp_path, tiny_encoder):
    def make(**more):
        values = {
            "output_folder": tmp_path / "run",
            "data_folder": corpus,
            "prepare": "!name:sb_contrastive.corpora.prepare_iemocap"
            " {expected_utterances: 40}",
            "encoder": tiny_encoder,
            "projection_dim": 4,
            "items_per_class": 3,
            "batch_size": 4,
            "reshape_augmentation": "null",
            "least_steps": 1,
            "fold": 1,
            **{
                step: SHORT
                for step in ("reshape", "reshape_authors", "adapter_authors")
            },
            **more,
        }
        text = "\n".join(f"{key}: {value}" for key, value in values.items())
        return Experiment("hparams/combined_ser.yaml", text)

    return make


@pytest.mark.parametrize(
    "name, values, names",
    [
        (
            "end_to_end",
            {"train_end_to_end": LINEAR},
            ["encoder", "classifier"],
        ),
        ("end_to_end", {"train_end_to_end": HEAD}, ["encoder", "classifier"]),
        ("two_step_authors", {}, ["encoder", "projector", "classifier"]),
    ],
    ids=["linear", "head", "projector"],
)
def test_rebuilt_networks_say_what_was_predicted(
    experiment, name, values, names
):
    run = experiment(stages=f"[{name}]", **values)
    run.run()
    system = run.system(name)
    assert system.finished(1.0) == ["1"]
    predictions = system.predictions(1.0)["1"]
    step, networks = system.trained(1.0, "1")
    assert list(networks) == names and not networks.training
    test = {row["ID"]: row for row in system.part(1.0, "1").test}
    rows = [test[row["ID"]] for row in predictions]
    for row, own in zip(predictions, step.posteriors(networks, rows).tolist()):
        kept = [float(row[f"p_{c}"]) for c in system.classes]
        assert kept == pytest.approx(own, abs=1e-5)
    # The same through the networks of a model folder
    encoder, classifier, description = step.exported(networks, "1")
    assert "UtteranceEncoder" in description
    wav = read_span(rows[0]["wav"], int(rows[0]["start"]), int(rows[0]["stop"]))
    with torch.no_grad():
        logits = classifier.eval()(encoder(torch.from_numpy(wav)[None]))
    kept = [float(predictions[0][f"p_{c}"]) for c in system.classes]
    assert logits.softmax(-1)[0].tolist() == pytest.approx(kept, abs=1e-5)


def test_a_system_starts_from_another_of_the_same_fold(experiment):
    values = {"two_step_authors": "{start: end_to_end}"}
    run = experiment(stages="[two_step_authors]", **values)
    with pytest.raises(FileNotFoundError, match="put 'end_to_end' before"):
        run.run()
    run = experiment(stages="[end_to_end, two_step_authors]", **values)
    run.run()
    start = run.system("two_step_authors").pretrained(1.0, "1")
    assert start == run.system("end_to_end").weights(1.0, "1")
    step, networks = run.system("end_to_end").trained(1.0, "1")
    own = networks["encoder"].state_dict()
    modules = {"encoder": run.build("encoder")["encoder"]}
    step.take_over(modules, start, first=True)
    found = modules["encoder"].state_dict()
    assert all(found[name].equal(value) for name, value in own.items())


def test_logs_are_those_of_its_steps(experiment):
    run = experiment(stages="[two_step_authors]")
    run.run()
    logs = run.system("two_step_authors").logs(1.0)
    assert list(logs) == ["1"]
    assert list(logs["1"]) == ["reshape_authors", "adapter_authors"]
    assert run.system("end_to_end").logs(1.0) == {}


def test_a_name_that_is_no_system_is_refused(experiment):
    run = experiment(stages="[end_to_end]")
    with pytest.raises(ValueError, match="no system 'two_stepp'.*'two_step'"):
        run.system("two_stepp")
    with pytest.raises(ValueError, match="no system 'adapter'"):
        run.system("adapter")  # a step


@pytest.mark.parametrize(
    "values, said",
    [
        ({"fold": 9}, "no fold '9'"),
        ({"start": "no/where"}, "no file or folder no/where"),
        ({"validation": "next_fould"}, "validation is one of"),
        ({"end_to_end": "{steps: []}"}, "end_to_end has no steps"),
    ],
)
def test_mistakes_are_told_before_any_stage_runs(experiment, values, said):
    # The first stage would run for minutes
    run = experiment(stages="[two_step, end_to_end]", **values)
    with pytest.raises((ValueError, FileNotFoundError), match=said):
        run.run()
    assert not list(run.folder.rglob("*.ckpt"))


@pytest.mark.parametrize(
    "share, name",
    [(1, "100"), (0.1, "010"), (0.036, "003.6"), (0.001, "000.1")],
)
def test_each_share_of_the_labels_has_a_folder(experiment, share, name):
    run = experiment()
    folder = system_folder(run, "end_to_end", share)
    assert folder == run.folder / f"labels_{name}" / "end_to_end"


@pytest.mark.parametrize("share", [0, 1.5, -0.1, [0.5, 2]])
def test_a_share_lies_between_0_and_1(share):
    with pytest.raises(ValueError, match=r"a share in \(0, 1\]"):
        fractions(share)


def test_batches_of_one_are_refused_before_training(experiment):
    run = experiment(stages="[end_to_end]", batch_size=1)
    with pytest.raises(ValueError, match="--batch_size is 1.*give 2 or more"):
        run.run()
    assert not list(run.folder.rglob("*.ckpt"))


def test_a_training_part_of_one_utterance_is_refused(experiment):
    system = experiment(stages="[end_to_end]").system("end_to_end")
    part = system.part(1.0, "1")
    with pytest.raises(ValueError, match="part of fold 1 has 1 utterance"):
        check_batches(32, part._replace(train=part.train[:1]))
