"""The pages on methods name monitors by the keys that the logs have.

A monitor is a name in backticks in the first column of a table whose heading
begins with "monitor".
"""

import re
from types import SimpleNamespace

import pytest
import torch

from sb_contrastive.adapter import (
    AdapterObjective,
    AttributeHead,
    OnlineCodebook,
    WAPTransformer,
    distillation_head,
    prediction_head,
)
from sb_contrastive.adapter.adapter_objective import AdapterFrames
from sb_contrastive.brains import (
    AdapterBrain,
    MetricLearningBrain,
)
from sb_contrastive.brains.logs.adapter_log import AdapterLog
from sb_contrastive.brains.logs.embedding_log import EmbeddingLog
from sb_contrastive.brains.pretraining.objective_losses import ObjectiveLosses
from sb_contrastive.evaluation.embeddings.label_free.measures import (
    label_free_measures,
)
from sb_contrastive.objectives import GradientNorm, MetricLearning, SimSiam
from sb_contrastive.objectives.monitors.bottleneck import BottleneckMonitor
from sb_contrastive.objectives.monitors.pairs import PairMonitor
from sb_contrastive.objectives.monitors.teacher import TeacherMonitor
from tests.support.doc_pages import ROOT, tables

B, T, D, K = 4, 6, 8, 3
UTTERANCES = list("abcd")
SPEAKERS = dict(zip(UTTERANCES, ("ann", "ann", "bob", "bob")))


def teacher_keys():
    monitor = TeacherMonitor()
    monitor.add(torch.rand(2, B, K).softmax(-1))
    bottleneck = BottleneckMonitor()
    bottleneck.add(torch.randn(2, B, D))
    return monitor.figures(loss=1.0) | bottleneck.figures()


def pair_keys():
    monitor = PairMonitor()
    monitor.add(torch.randn(2, B, D))
    return monitor.figures()


def simsiam_keys():
    simsiam = SimSiam(None, None)
    simsiam.monitor.add(torch.randn(2, B, D))
    return simsiam.figures(loss=0.0, progress=0.5)


def embedding_keys():
    log = EmbeddingLog(SPEAKERS)
    log.add(UTTERANCES, torch.randn(2, B, D))
    return log.figures()


def space_keys():
    brain = SimpleNamespace(embeddings=[torch.randn(16, D)], targets=[0, 1] * 8)
    return MetricLearningBrain.valid_figures(brain, loss=0.0)


def part_keys():
    """Return the keys of the two losses that a `CombinedLoss` mixes."""
    quiet = SimpleNamespace(parts=MetricLearning.parts)
    losses = ObjectiveLosses({"metric": quiet}, {"metric": 1.0}, "cpu")
    losses.means.add({name: torch.tensor(1.0) for name in quiet.parts})
    return losses.train_figures(progress=0.5)


def adapter_keys():
    codebook = OnlineCodebook(K, D)
    codebook.fit(torch.randn(20, D), epoch=1)
    objective = AdapterObjective(codebook)
    log = AdapterLog(objective, SPEAKERS)
    z, everywhere = torch.randn(B, T, D), torch.ones(B, T).bool()
    masked = everywhere.clone()
    masked[:, ::2] = False
    frames = AdapterFrames(z, z, z, everywhere, masked)
    heads = {
        "predictor": prediction_head(D),
        "distiller": distillation_head(D),
        "attribute_head": AttributeHead(D, K),
    }
    log.add(UTTERANCES, frames, *objective(frames, heads))
    student = WAPTransformer(D, heads=2, feedforward=8, position_kernel=0)
    brain = SimpleNamespace(
        seen=log,
        objective=objective,
        _student=lambda: student,
        progress=0.0,
        check_from=1.0,
    )
    return AdapterBrain.valid_figures(brain, loss=1.0)


def composed_keys():
    """Return what the log has for each of several objectives."""
    weights = {"dino": 1.0, "nt_xent": GradientNorm(0.3)}
    quiet = SimpleNamespace(parts=(), figures=lambda loss, progress: {})
    losses = ObjectiveLosses(dict.fromkeys(weights, quiet), weights, "cpu")
    losses.means.add({name: torch.tensor(1.0) for name in weights})
    losses.valid = {name: [torch.tensor(1.0)] for name in weights}
    return {
        **losses.train_figures(progress=0.5),
        **losses.valid_figures(loss=1.0, progress=0.5),
    }


def label_free_keys():
    return label_free_measures(torch.randn(B, 4, D))


KEYS = {
    "choosing_without_labels.md": (label_free_keys,),
    "composed.md": (composed_keys,),
    "objectives.md": (teacher_keys, simsiam_keys, embedding_keys),
    "dino.md": (teacher_keys, embedding_keys),
    "nt_xent.md": (pair_keys, embedding_keys),
    "combined.md": (space_keys, part_keys),
    "adapter.md": (adapter_keys,),
}


def monitors(text):
    """Return the monitors that a page names."""
    return [
        name
        for heading, *rows in tables(text)
        if heading[0].startswith("monitor")
        for row in rows
        for name in re.findall(r"`([^`]+)`", row[0])
    ]


@pytest.mark.parametrize("page", KEYS)
def test_monitors_are_keys_of_the_log(page):
    keys = {key for collect in KEYS[page] for key in collect()}
    named = monitors((ROOT / "docs" / page).read_text(encoding="utf-8"))
    assert len(named) >= 4, "the page has a table of monitors"
    assert [name for name in named if name not in keys] == []


def test_a_wrong_name_is_found():
    table = "| monitor | healthy |\n|---|---|\n| `knn`, `speaker_knn` | up |\n"
    assert monitors(table) == ["knn", "speaker_knn"]
    assert "knn" not in embedding_keys()
