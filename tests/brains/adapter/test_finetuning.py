"""An adapter under the classification Brain."""

import functools

import pytest
import torch
from speechbrain.dataio.dataset import DynamicItemDataset
from speechbrain.utils.epoch_loop import EpochCounter

from sb_contrastive.brains import ClassificationBrain
from sb_contrastive.schedules import WarmupCosine
from tests.brains.adapter.conftest import D

CLASSES = ["low", "high"]


def labelled(start, count):
    """Which of the five states are loud tells the class."""
    generator = torch.Generator().manual_seed(start)
    loud = torch.randn(2, D, generator=torch.Generator().manual_seed(5))
    items = {}
    for i in range(start, start + count):
        T = 20 + i
        frames = torch.randn(T, D, generator=generator)
        frames[:: 4 + i % 3] += 2 * loud[i % 2]
        items[f"utt{i:02d}"] = {"features": frames.half(), "target": i % 2}
    return DynamicItemDataset(items, output_keys=["id", "features", "target"])


@pytest.fixture
def classifier(build):
    """Stage 2: the adapter as an encoder under the classification Brain."""

    def make(trainable="all", **options):
        brain, _ = build()
        encoder = brain.pretrained_encoder()
        return ClassificationBrain(
            {
                "encoder": encoder,
                "classifier": torch.nn.Linear(encoder.embedding_dim, 2),
            },
            functools.partial(torch.optim.AdamW, weight_decay=0.01),
            WarmupCosine(0.02),
            total_steps=30,
            classes=CLASSES,
            trainable=trainable,
            run_opts={"noprogressbar": True},
            **options,
        )

    return make


def fit_classifier(brain):
    brain.fit(
        EpochCounter(10),
        labelled(0, 18),
        labelled(18, 6),
        train_loader_kwargs={"batch_size": 6, "shuffle": True},
        valid_loader_kwargs={"batch_size": 4},
    )


def test_the_adapter_is_fine_tuned_on_whole_features(classifier):
    brain = classifier()
    fit_classifier(brain)
    assert brain.log.rows[-1]["valid_UA"] > 0.8
    posteriors = []
    for batch_size in (6, 4, 1):
        brain.evaluate(
            labelled(18, 6), test_loader_kwargs={"batch_size": batch_size}
        )
        posteriors.append(torch.tensor(brain.posteriors))
    for some in posteriors:
        torch.testing.assert_close(some, posteriors[-1], rtol=1e-4, atol=1e-5)


def test_a_probe_trains_the_pooling_and_the_classifier_alone(
    classifier, copy_of
):
    brain = classifier(trainable="affine")
    before = copy_of(brain.modules)
    fit_classifier(brain)
    for name, tensor in brain.modules.state_dict().items():
        stays = name.startswith("encoder.adapter.")
        assert torch.equal(tensor, before[name]) == stays, name


def test_what_is_pretrained_learns_at_a_share_of_the_rate(classifier):
    brain = classifier(encoder_rate=0.2)
    fit_classifier(brain)
    rates = {
        id(p): group["lr"]
        for group in brain.optimizer.param_groups
        for p in group["params"]
    }
    full = WarmupCosine(0.02)(29 / 30)
    for name, p in brain.modules.named_parameters():
        share = 0.2 if name.startswith("encoder.adapter.") else 1.0
        assert rates[id(p)] == pytest.approx(share * full), name
    for group in brain.optimizer.param_groups:
        matrices = all(p.dim() > 1 for p in group["params"])
        assert group["weight_decay"] == (0.01 if matrices else 0.0)
    with pytest.raises(ValueError, match="encoder_rate is a share"):
        classifier(encoder_rate=0.0)
