"""Training on clusters: the gate finds wrong labels, resumes, and agrees over processes."""

import functools

import numpy as np
import pytest
import soundfile
import torch
from sklearn.metrics import roc_auc_score
from speechbrain.utils.epoch_loop import EpochCounter

from sb_contrastive.brains import ClusterBrain
from sb_contrastive.data.views.crops import RandomCrops
from sb_contrastive.data.views.datasets import crop_dataset
from sb_contrastive.encoders import SubCentres
from sb_contrastive.losses import AAMSoftmaxLoss, LabelCorrection, LossGate
from sb_contrastive.schedules import LinearThenConstant, WarmupCosine
from sb_contrastive.training.checkpoints import AtomicCheckpointer

SPEAKERS, EACH = 6, 20


@pytest.fixture(scope="module")
def buzz(tmp_path_factory):
    """120 short utterances of six voices, which differ in pitch and brightness."""
    folder, rng = tmp_path_factory.mktemp("voices"), np.random.default_rng(0)
    rows, t = [], np.arange(4800) / 16000
    for i in range(SPEAKERS * EACH):
        voice = i % SPEAKERS
        pitch = (120, 200, 320, 500, 760, 1100)[voice]
        pitch *= 1 + 0.03 * rng.standard_normal()
        tilt = 0.3 + 1.2 * (voice % 2)
        audio = sum(
            np.sin(2 * np.pi * pitch * h * t + rng.uniform(0, 6)) / h**tilt
            for h in range(1, 7)
        )
        path = folder / f"utt{i:03d}.wav"
        noise = 0.02 * rng.standard_normal(len(t))
        soundfile.write(path, 0.1 * audio + noise, 16000)
        rows.append(
            {
                "ID": f"utt{i:03d}",
                "wav": str(path),
                "start": 0,
                "stop": len(t),
                "cluster": f"c{voice}",
            }
        )
    return rows


def flipped(rows, share=0.2):
    """Give a share of the rows the cluster of another voice."""
    rng = np.random.default_rng(1)
    wrong = set(rng.choice(len(rows), int(share * len(rows)), replace=False))
    new = []
    for i, row in enumerate(rows):
        own = int(row["cluster"][1:])
        other = (own + rng.integers(1, SPEAKERS)) % SPEAKERS
        new.append({**row, "cluster": f"c{other if i in wrong else own}"})
    return new, np.array([i in wrong for i in range(len(rows))])


@pytest.fixture
def build(buzz, small_encoder):
    """Makes a Brain anew, and a function that trains it on labels of which a
    fifth is wrong."""

    def make(epochs=3, save=None, batch_size=40, rows=None, steps=3, **options):
        noisy = rows or flipped(buzz)[0]
        classes = sorted({row["cluster"] for row in noisy})
        crops = RandomCrops([1], [0.2], seed=1)

        class Watched(ClusterBrain):
            kill_before_step = None

            def fit_batch(self, batch):
                if self.optimizer_step == self.kill_before_step:
                    raise InterruptedError
                loss = super().fit_batch(batch)
                self.history.append((tuple(batch.id), loss.item()))
                return loss

        options = {
            "modules": {"encoder": small_encoder()},
            "opt_class": functools.partial(
                torch.optim.AdamW, weight_decay=0.01
            ),
            "learning_rate": WarmupCosine(0.03, 0.001, warmup=0.1),
            "total_steps": epochs * steps,
            "run_opts": {"noprogressbar": True, **options.pop("run_opts", {})},
            "checkpointer": AtomicCheckpointer(save) if save else None,
            "classes": classes,
            "classifier": functools.partial(SubCentres, input_size=8),
            "loss": AAMSoftmaxLoss(0.2, 15.0),
            "margin": LinearThenConstant(0.0, 0.2, until=0.3),
            "utterances": [row["ID"] for row in noisy],
            "gate": LossGate(begins=0.3),
            "correction": LabelCorrection(begins=0.6, temperature=1 / 15),
            "crops": crops,
            **options,
        }
        brain = Watched(**options)
        brain.history = []
        counter = EpochCounter(epochs)
        if save:
            brain.checkpointer.add_recoverable("counter", counter)
        numbers = {name: n for n, name in enumerate(classes)}

        def fit():
            brain.fit(
                counter,
                crop_dataset(noisy, crops, brain.views, numbers, "cluster"),
                crop_dataset(noisy[:4], crops, brain.views),
                train_loader_kwargs={
                    "batch_size": batch_size,
                    "shuffle": True,
                    "drop_last": True,
                },
                valid_loader_kwargs={"batch_size": 4},
            )

        return brain, fit

    return make


def test_the_gate_finds_labels_that_were_flipped(build, buzz):
    rows, wrong = flipped(buzz)
    brain, fit = build(epochs=12, batch_size=20, steps=6, rows=rows)
    fit()
    losses = brain.gate.losses.numpy()
    assert np.isfinite(losses).all()
    print(roc_auc_score(wrong, np.log(losses)), brain.log.rows[-1])
    assert roc_auc_score(wrong, np.log(losses)) > 0.85
    out = losses > float(brain.gate.threshold)
    assert out[wrong].mean() > 0.7 and out[~wrong].mean() < 0.1
    log = brain.log.rows
    assert log[1]["train_gated"] == 0 and 0.1 < log[-1]["train_gated"] < 0.3
    assert log[1]["train_corrected"] == 0 < log[-1]["train_corrected"]


def test_without_a_gate_it_is_the_plain_loss(build):
    brain, fit = build(epochs=1, gate=None, correction=None)
    fit()
    assert "train_gated" not in brain.log.rows[0]
    with pytest.raises(ValueError, match="give `gate` too"):
        build(gate=None)


def test_a_closed_gate_teaches_nothing(build):
    closed = LossGate(threshold=0.0, begins=0.0)
    brain, _ = build(gate=closed, correction=None)
    cosines = torch.rand(4, 1, 6, requires_grad=True)

    class Batch:
        id = ["utt000", "utt003", "utt005", "utt007"]

    loss, figures = brain.margin_loss(
        cosines, torch.tensor([0, 1, 2, 3]), Batch
    )
    assert loss == 0 and figures["gated"] == 1
    assert closed.losses.isfinite().nonzero().flatten().tolist() == [0, 3, 5, 7]
    # Half of a batch: the mean of those that are left
    terms = brain.loss.terms(
        cosines.squeeze(1), torch.tensor([0, 1, 2, 3]), 0.0
    )
    closed.threshold.fill_(float(terms.detach().sort().values[1]))
    loss, _ = brain.margin_loss(cosines, torch.tensor([0, 1, 2, 3]), Batch)
    torch.testing.assert_close(loss, terms.sort().values[:2].mean())


@pytest.mark.parametrize("soft", [False, True])
def test_corrected_labels_are_those_of_the_clean_crop(build, soft):
    gate = LossGate(threshold=0.0, begins=0.0)
    brain, _ = build(
        gate=gate, correction=LabelCorrection(begins=0.0, least=0.0, soft=soft)
    )
    brain.modules.train()

    class Crop:
        data = torch.randn(3, 1, 3200)

    class Batch:
        id, crop = ["utt000", "utt001", "utt002"], Crop

    cosines = torch.rand(3, 1, 6)
    before = {k: v.clone() for k, v in brain.modules.state_dict().items()}
    loss, figures = brain.margin_loss(cosines, torch.tensor([0, 1, 2]), Batch)
    assert brain.modules.encoder.training and figures["corrected"] == 1
    for name, value in brain.modules.state_dict().items():
        assert torch.equal(value, before[name])  # no statistics have moved
    brain.modules.eval()
    with torch.no_grad():
        clean = brain.modules.classifier(brain.modules.encoder(Crop.data[:, 0]))
    if soft:
        q = (30 * clean).softmax(dim=1)
        expected = (
            -(q * (15 * cosines[:, 0]).log_softmax(dim=1)).sum(dim=1).mean()
        )
    else:
        expected = brain.loss(cosines, clean.argmax(dim=1), 0.0)
    torch.testing.assert_close(loss, expected)


@pytest.mark.parametrize("interval, killed, resumed", [(0, 8, 6), (2, 7, 6)])
def test_resumed_equals_uninterrupted(
    build, tmp_path, interval, killed, resumed
):
    options = {"epochs": 4, "run_opts": {"ckpt_interval_steps": interval}}
    whole, fit = build(save=tmp_path / "whole", **options)
    start = {k: v.clone() for k, v in whole.modules.state_dict().items()}
    fit()
    first, fit = build(save=tmp_path / "cut", **options)
    first.modules.load_state_dict(start)
    first.kill_before_step = killed
    with pytest.raises(InterruptedError):
        fit()
    torch.manual_seed(99)  # a new process: other weights
    second, fit = build(save=tmp_path / "cut", **options)
    fit()
    assert second.history == whole.history[resumed:]
    assert second.log.rows == whole.log.rows
    assert torch.equal(second.gate.losses, whole.gate.losses)
    assert torch.equal(second.gate.threshold, whole.gate.threshold)


def test_two_processes_equal_one(build, doubled_run):
    def gated(**options):
        return build(gate=LossGate(threshold=3.0, begins=0.2), **options)

    held = doubled_run(gated, 40, epochs=2)
    assert held["log"][-1]["train_gated"] > 0


def test_the_classifier_goes_on_with_the_same_clusters_only(build, tmp_path):
    brain, _ = build()
    brain.write_beside(tmp_path)
    other, _ = build()
    assert not torch.equal(
        other.modules.classifier.weight, brain.modules.classifier.weight
    )
    other.start_beside(tmp_path)
    assert torch.equal(
        other.modules.classifier.weight, brain.modules.classifier.weight
    )
    third, _ = build(classes=["d0", "d1", "d2", "d3", "d4", "d5"])
    own = third.modules.classifier.weight.clone()
    third.start_beside(tmp_path)
    assert torch.equal(third.modules.classifier.weight, own)


def test_only_the_last_layer_learns_where_that_is_asked(build):
    brain, fit = build(epochs=1, trainable="affine")
    encoder = brain.modules.encoder
    before = {k: v.clone() for k, v in encoder.state_dict().items()}
    fit()
    moved = {
        name
        for name, v in encoder.state_dict().items()
        if not torch.equal(v, before[name])
    }
    assert moved and all(encoder.is_affine(name) for name in moved)
