"""AAM-softmax against SpeechBrain's and against a loop; sub-centres."""

import math

import pytest
import torch
from speechbrain.nnet.losses import AdditiveAngularMargin, LogSoftmaxWrapper

from sb_contrastive.encoders import SubCentres
from sb_contrastive.losses import AAMSoftmaxLoss


@pytest.fixture
def scored():
    generator = torch.Generator().manual_seed(0)
    cosines = 2 * torch.rand(6, 5, generator=generator) - 1
    return cosines, torch.tensor([0, 1, 2, 3, 4, 0])


def test_it_is_speechbrains_loss(scored):
    cosines, targets = scored
    theirs = LogSoftmaxWrapper(AdditiveAngularMargin(0.2, 30.0))
    ours = AAMSoftmaxLoss(0.2, 30.0)
    # Theirs adds 1e-8 nowhere but rounds the sine in float32
    expected = theirs(cosines[:, None], targets[:, None])
    torch.testing.assert_close(
        ours(cosines, targets), expected, rtol=1e-4, atol=1e-4
    )
    torch.testing.assert_close(
        ours(cosines[:, None], targets[:, None]), ours(cosines, targets)
    )


def test_the_nearest_wrong_classes_have_a_margin(scored):
    cosines, targets = scored
    terms = AAMSoftmaxLoss(0.2, 10.0, inter_top_k=2, inter_margin=0.1).terms(
        cosines, targets
    )
    for row, target, term in zip(cosines.tolist(), targets.tolist(), terms):
        wrong = sorted(
            (c for c in range(5) if c != target), key=lambda c: -row[c]
        )
        logits = []
        for c, cosine in enumerate(row):
            angle = math.acos(cosine)
            if c == target and angle + 0.2 < math.pi:
                logits.append(10 * math.cos(angle + 0.2))
            elif c == target:
                logits.append(10 * (cosine - 0.2 * math.sin(0.2)))
            elif c in wrong[:2]:
                logits.append(10 * math.cos(max(angle - 0.1, 0.0)))
            else:
                logits.append(10 * cosine)
        expected = math.log(sum(map(math.exp, logits))) - logits[target]
        assert term.item() == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_more_classes_than_there_are_change_nothing(scored):
    cosines, targets = scored
    few = AAMSoftmaxLoss(inter_top_k=4)(cosines, targets)
    assert torch.equal(few, AAMSoftmaxLoss(inter_top_k=99)(cosines, targets))


def test_gradients_are_finite_at_the_ends():
    cosines = torch.tensor([[1.0, -1.0, 1.0]], requires_grad=True)
    AAMSoftmaxLoss(0.2, 30.0, inter_top_k=2)(
        cosines, torch.tensor([0])
    ).backward()
    assert cosines.grad.isfinite().all()


def test_soft_targets_of_one_class_are_the_plain_loss(scored):
    cosines, targets = scored
    loss = AAMSoftmaxLoss(0.0, 30.0)
    sure = torch.nn.functional.one_hot(targets, 5).float()
    torch.testing.assert_close(
        loss.soft_terms(cosines, sure), loss.terms(cosines, targets)
    )


def test_a_class_is_as_near_as_its_nearest_centre():
    head = SubCentres(input_size=4, out_neurons=3, sub_centres=2)
    z = torch.randn(5, 1, 4, generator=torch.Generator().manual_seed(1))
    found = head(z)
    assert found.shape == (5, 1, 3)
    for b in range(5):
        for c in range(3):
            each = [
                torch.cosine_similarity(z[b, 0], head.weight[2 * c + s], dim=0)
                for s in range(2)
            ]
            torch.testing.assert_close(found[b, 0, c], max(each))
