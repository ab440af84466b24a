"""Pretrained once, fine-tuned later: experiments that start from what another run, an export or SpeechBrain has left."""

import hashlib
import json

import pytest
import torch
from speechbrain.dataio.encoder import CategoricalEncoder
from speechbrain.lobes.models.Xvector import Xvector
from speechbrain.nnet.linear import Linear
from speechbrain.processing.features import InputNormalization

from sb_contrastive.experiment import Experiment
from sb_contrastive.experiment.provenance.told import trained_by
from sb_contrastive.stages import pretraining
from sb_contrastive.systems.system import system as systems

RATE = "!new:sb_contrastive.schedules.WarmupCosine {peak: 0.01}"
STEP = f"{{epochs: 1, least_steps: 1, learning_rate: {RATE}}}"
VALUES = {
    "batch_size": 4,
    "pretrain_batch_size": 8,
    "prototypes": 16,
    "finetune_augmentation": "null",
    "reshape_augmentation": "null",
    "fold": 1,
}
STAGES = {  # what makes each experiment short
    "dino_ser": {
        "pretrain_epochs": 1,
        "pretrain": "{least_steps: 1}",
        "finetune_affine": STEP,
        "finetune_all": STEP,
        "validations": 1,
    },
    "combined_ser": {},
    "adapter_ser": {},
    "dino_sv": {},
}


@pytest.fixture(scope="module")
def corpora(tiny_corpora):
    return tiny_corpora


@pytest.fixture(scope="module")
def make(corpora, tiny_encoder):
    """Makes a short experiment on these corpora."""

    def make(name, folder, **more):
        values = {**VALUES, **STAGES[name], **more}
        values |= {"output_folder": folder, "encoder": tiny_encoder}
        if name == "dino_sv":
            values["data_folder"] = corpora / "voxceleb"
        else:
            values["data_folder"] = corpora / "iemocap"
            values["unlabelled"] = corpora / "voxceleb"
            values["prepare"] = (
                "!name:sb_contrastive.corpora.prepare_iemocap"
                " {expected_utterances: 40}"
            )
        known = Experiment(f"hparams/{name}.yaml").hparams
        taken = {
            "data_folder", "unlabelled", "prepare", "fold", "trials", "encoder"
        }  # fmt: skip
        text = "\n".join(
            f"{key}: {value}"
            for key, value in values.items()
            if key in known or key in taken
        )
        return Experiment(f"hparams/{name}.yaml", text)

    return make


@pytest.fixture(scope="module")
def pretrained(make, tmp_path_factory):
    """A run that has pretrained and exported an encoder, and its folder of weights."""
    folder = tmp_path_factory.mktemp("first") / "out"
    run = make("dino_ser", folder, stages="[pretrain, export_encoder]")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["train.py", "at", "first"])
        run.run()
    return folder


@pytest.fixture(scope="module")
def speechbrain_model(tmp_path_factory):
    """A folder with the files of spkrec-xvect-voxceleb, of a tiny network."""
    folder = tmp_path_factory.mktemp("spkrec-xvect-voxceleb")
    network = Xvector(
        in_channels=16, lin_neurons=8, tdnn_channels=[8, 8, 8, 8, 16]
    )
    torch.save(network.state_dict(), folder / "embedding_model.ckpt")
    classifier = Linear(input_size=8, n_neurons=3)
    torch.save(classifier.state_dict(), folder / "classifier.ckpt")
    InputNormalization(norm_type="global")._save(
        folder / "mean_var_norm_emb.ckpt"
    )
    labels = CategoricalEncoder()
    labels.update_from_iterable(["id1", "id2", "id3"])
    labels.save(folder / "label_encoder.txt")
    (folder / "hyperparams.yaml").write_text("sample_rate: 16000\n")
    return folder


def weights_of(path):
    return torch.load(path, weights_only=True)


def test_pretrain_once_fine_tune_later_elsewhere(
    make, pretrained, tmp_path, caplog, monkeypatch
):
    place = pretrained / "encoder"
    moved = tmp_path / "elsewhere" / "my_encoder"
    moved.parent.mkdir()
    place.rename(moved)
    try:
        stages = "[pretrain, two_step, report, export]"
        run = make("dino_ser", tmp_path / "out", start=moved, stages=stages)
        # It would raise
        monkeypatch.setattr(pretraining.PretrainingRun, "train", None)
        with caplog.at_level("INFO"):
            run.run()
    finally:
        moved.rename(place)
    assert not (run.folder / "pretrain").exists()
    assert not (run.folder / "encoder").exists()
    said = caplog.text
    assert "Nothing to pretrain: the encoder is that of" in said
    assert "tensors loaded; new: embedding layer, classifier" in said
    results = json.loads((run.folder / "results.json").read_text())
    starts = {start["file"]: start for start in results["starts"]}
    start = starts[str(moved / "embedding_model.ckpt")]
    assert len(start["sha256"]) == 64
    # The export knows what trained it, wherever it is moved
    assert start["command"] == "python train.py at first"
    heard = results["protocol"]["pretraining"]
    assert heard.startswith(f"{moved}, of another experiment (")
    assert start["sha256"][:12] in heard
    card = (run.folder / "model" / "README.md").read_text()
    told = card[card.index("## Start") : card.index("## Seed")]
    assert start["sha256"] in told and "voxceleb" in told
    assert "python train.py at first" in told


def test_the_weights_are_those_that_were_given(
    make, pretrained, tmp_path, monkeypatch
):
    states = []

    def noted(system, part, fraction):
        step = system.steps[0].call(part, system.steps[0].key)
        start = system.pretrained(fraction, part.fold)
        modules = torch.nn.ModuleDict(step.modules())
        step.take_over(modules, start, first=True)
        states.append(modules["encoder"].state_dict())

    monkeypatch.setattr(systems, "train_and_test", noted)
    # There are no predictions to tell of
    monkeypatch.setattr(systems, "tell_result", lambda *args: 0.0)
    own = weights_of(pretrained / "pretrain" / "encoder.ckpt")
    for place in ("", "pretrain", "pretrain/encoder.ckpt", "encoder"):
        folder = tmp_path / place.replace("/", "_")
        run = make(
            "dino_ser",
            folder,
            start=pretrained / place,
            stages="[pretrain, linear_probe]",
        )
        run.run()
        state = states.pop()
        assert state.keys() == own.keys()
        assert all(state[name].equal(value) for name, value in own.items())
        # Whichever place was given, the true origin is told
        told = trained_by(run, ["linear_probe"])
        assert "python train.py at first" in str(told["starts"][0])
        if place != "encoder":
            (start,) = told["starts"]
            path = pretrained / "pretrain" / "encoder.ckpt"
            assert start["file"] == str(path)
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            assert start["sha256"] == digest
            assert start["stage"] == "pretrain" and "voxceleb" in start["data"]
            first = told["command"].splitlines()[0]
            assert first == "python train.py at first"


@pytest.fixture
def checked(monkeypatch):
    """Runs an experiment that must not come as far as training."""

    def trains(*args, **kwargs):
        raise AssertionError("training has begun")

    monkeypatch.setattr(pretraining.PretrainingRun, "train", trains)
    monkeypatch.setattr(systems, "train_and_test", trains)

    def run(experiment):
        experiment.run()

    return run


EXPERIMENTS = {
    "dino_ser": "[pretrain, two_step]",
    "combined_ser": "[two_step]",
    "adapter_ser": "[pretrain, adapt]",
    "dino_sv": "[pretrain]",
}


@pytest.mark.parametrize("name, stages", EXPERIMENTS.items())
def test_a_model_of_speechbrain(
    make, speechbrain_model, checked, tmp_path, name, stages
):
    given = {"start": speechbrain_model, "stages": stages}
    with pytest.raises(AssertionError, match="training has begun"):
        checked(make(name, tmp_path / "out", **given))


@pytest.mark.parametrize("name, stages", EXPERIMENTS.items())
def test_another_network_is_refused_before_anything_trains(
    make, pretrained, checked, tmp_path, name, stages
):
    other = tmp_path / "other.ckpt"
    state = weights_of(pretrained / "pretrain" / "encoder.ckpt")
    name_of = "backbone.blocks.0.conv.weight"
    state[name_of] = state[name_of][:4]
    torch.save(state, other)
    given = {"start": other, "stages": stages}
    said = rf"{name_of} is \[4, 16, 5\] there and \[8, 16, 5\] here"
    with pytest.raises(ValueError, match=said):
        checked(make(name, tmp_path / "out", **given))
