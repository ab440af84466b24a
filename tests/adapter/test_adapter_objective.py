"""The weighted sum: what is computed, from what, and that padding has no part in it."""

import pytest
import torch
from torch.nn import functional as F

from sb_contrastive.adapter import (
    AdapterObjective,
    AttributeHead,
    CosineAttributeHead,
    FrameMasking,
    OnlineCodebook,
    PrototypeDistillationLoss,
    distillation_head,
    prediction_head,
)
from sb_contrastive.adapter.adapter_objective import OBJECTIVES, AdapterFrames
from sb_contrastive.encoders import DINOHead
from sb_contrastive.encoders.padding.valid_frames import valid_frames

B, T, D, K = 3, 40, 8, 6
COUNTS = [40, 31, 12]


def codebook():
    attributes = OnlineCodebook(K, D)
    attributes.fit(
        torch.randn(60, D, generator=torch.Generator().manual_seed(0)), epoch=1
    )
    return attributes


def all_heads(cosine=False):
    dino = DINOHead(D, 10, hidden_dim=8, bottleneck_dim=4, batch_norm=False)
    return {
        "predictor": prediction_head(D),
        "distiller": distillation_head(D),
        "attribute_head": CosineAttributeHead(D)
        if cosine
        else AttributeHead(D, K),
        "dino": dino,
    }


@pytest.fixture
def frames():
    torch.manual_seed(0)
    features, student, teacher = torch.randn(3, B, T, D)
    names = [str(i) for i in range(B)]
    masked, _ = FrameMasking(span=5)(names, COUNTS, T)
    valid = valid_frames(torch.tensor(COUNTS) / T, T)
    return AdapterFrames(features, student, teacher, valid, masked)


CHOICES = [
    {},
    {"mask_target": "encoder", "distil_level": "utt", "labels": "soft"},
    {"distil_level": "dino", "labels": "bce"},
]


def built(choice, heads):
    heads, options = dict(heads), {"attributes": codebook(), **choice}
    if choice.get("distil_level") == "dino":
        options["prototype_loss"] = PrototypeDistillationLoss(10)
        heads["distiller"] = heads["teacher_distiller"] = heads["dino"]
    return AdapterObjective(**options), heads


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("cosine", [False, True])
def test_padding_has_no_part_in_any_objective(frames, choice, cosine):
    heads = all_heads(cosine)
    expected, _ = built(choice, heads)[0](frames, built(choice, heads)[1])
    assert list(expected) == list(OBJECTIVES)
    dirty = [x.clone() for x in frames]
    for tensor in dirty[:3]:
        tensor[~frames.valid] = 33.0
    longer = [F.pad(x, (0, 0, 0, 9), value=5.0) for x in dirty[:3]]
    longer += [F.pad(x, (0, 9)) for x in dirty[3:]]
    objective, heads = built(choice, heads)
    given, _ = objective(AdapterFrames(*longer), heads)
    for name, loss in expected.items():
        torch.testing.assert_close(given[name], loss, msg=name)


def test_each_objective_gets_what_the_paper_says(frames):
    objective, heads = built({}, all_heads())
    losses, outputs = objective(frames, heads)
    h = outputs["normalised"]
    M, seen = frames.masked, frames.valid & ~frames.masked
    error = (heads["predictor"](frames.student) - h)[M]
    torch.testing.assert_close(losses["mask_prediction"], error.square().mean())
    cosine = F.cosine_similarity(
        heads["distiller"](frames.student)[seen], frames.teacher[seen]
    )
    torch.testing.assert_close(losses["self_distillation"], 1 - cosine.mean())
    nearest = torch.cdist(h[M], objective.attributes.centroids).argmin(dim=1)
    logits = heads["attribute_head"](frames.student[M])
    torch.testing.assert_close(
        losses["local_attributes"], F.cross_entropy(logits, nearest)
    )
    right = (logits.argmax(dim=1) == nearest).float().mean()
    torch.testing.assert_close(objective.accuracy(outputs, M), right)


def test_the_encoder_as_target_is_layer_normalised(frames):
    objective, heads = built({"mask_target": "encoder"}, all_heads())
    losses, _ = objective(frames, heads)
    x = frames.features
    x = (x - x.mean(-1, keepdim=True)) / x.std(-1, keepdim=True, correction=0)
    error = (heads["predictor"](frames.student) - x)[frames.masked]
    torch.testing.assert_close(
        losses["mask_prediction"], error.square().mean(), rtol=1e-4, atol=1e-4
    )


def test_the_total_is_weighted(frames):
    weights = {"mask_prediction": 0.5, "local_attributes": 3.0}
    objective, heads = built({"weights": weights}, all_heads())
    losses, _ = objective(frames, heads)
    expected = (
        0.5 * losses["mask_prediction"]
        + losses["self_distillation"]
        + 3 * losses["local_attributes"]
    )
    torch.testing.assert_close(objective.total(losses), expected)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_weight_zero_computes_nothing(frames, name):
    others = {other: 0 for other in OBJECTIVES if other != name}
    head = dict(zip(OBJECTIVES, ("predictor", "distiller", "attribute_head")))
    objective = AdapterObjective(
        attributes=codebook() if name == "local_attributes" else None,
        weights=others,
    )
    # The other heads are not there: using one would be a KeyError
    losses, _ = objective(frames, {head[name]: all_heads()[head[name]]})
    assert list(losses) == [name]
    assert objective.clusters == (name == "local_attributes")


def test_the_teacher_gets_no_gradient(frames):
    frames = AdapterFrames(
        *(x.requires_grad_() for x in frames[:3]), *frames[3:]
    )
    for choice in CHOICES:
        objective, heads = built(choice, all_heads())
        heads = {k: v.requires_grad_(False) for k, v in heads.items()}
        losses, _ = objective(frames, heads)
        objective.total(losses).backward()
    assert frames.student.grad.any()
    assert frames.teacher.grad is None and frames.features.grad is None


@pytest.mark.parametrize(
    "options, message",
    [
        ({"mask_target": "teachr"}, "teacher, encoder.*'teacher'"),
        ({"distil_level": "word"}, "frame, utt, dino, got 'word'"),
        ({"labels": "x"}, "hard, soft, bce"),
        ({"weights": {"mask": 1}}, "no objective 'mask'"),
        ({"weights": dict.fromkeys(OBJECTIVES, 0)}, "nothing to learn"),
        ({}, "need attributes"),
        (
            {"weights": {"local_attributes": 0}, "distil_level": "dino"},
            "need a prototype_loss",
        ),
    ],
)
def test_what_cannot_be_trained_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        AdapterObjective(**options)
