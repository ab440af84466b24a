"""Losses of self-supervised learning: recorded values, exact gradients, and targets without any."""

import pytest
import torch
from torch.nn.functional import normalize

from sb_contrastive.losses import (
    BYOLLoss,
    DeepClusterLoss,
    LeJEPALoss,
    ReSSLLoss,
    SDPNLoss,
    SimSiamLoss,
    SpreadLoss,
    SupSiamLoss,
    SwAVLoss,
    WMSELoss,
)
from tests.support.golden_inputs import (
    LABELS,
    P1,
    P2,
    QUEUE,
    QUEUE_LABELS,
    S1,
    S2,
    Z1,
    Z2,
    sines,
)

PROTOTYPES = normalize(sines(4, 5, 0.35, 1.2, 0.45), dim=1)
SHORT = normalize(sines(8, 5, 0.25, 0.9, 0.6), dim=1) @ PROTOTYPES.T
LONG = normalize(sines(2, 5, 0.6, 0.5, 0.8), dim=1) @ PROTOTYPES.T
W1 = sines(6, 3, 0.3, 1.1, 0.7)
W2 = W1 + 0.4 * sines(6, 3, 0.9, 0.2, 1.3)
ASSIGNED = torch.tensor([[0, 3, -1, 2, 0, 3]])
DIRECTIONS = normalize(sines(5, 7, 0.15, 0.4, 0.95), dim=0)


def sup_siam(share):
    loss = SupSiamLoss(share)
    return lambda p1, p2: loss(p1, p2, Z1, Z2, LABELS, QUEUE, QUEUE_LABELS)


def sdpn(term):
    return lambda student: SDPNLoss().terms(student, LONG)[term]


# Name -> (loss, what gets a gradient, the value or None)
LOSSES = {
    "BYOL": (lambda *p: BYOLLoss()(*p, Z1, Z2), (P1, P2), 2.9574174421),
    "SimSiam": (
        lambda *p: SimSiamLoss()(*p, Z1, Z2),
        (P1, P2),
        -0.2606456395,
    ),
    "SupSiam, own": (sup_siam(1.0), (P1, P2), -0.2606456395),
    "SupSiam, class": (sup_siam(0.0), (P1, P2), 0.0359035475),
    "SupSiam": (sup_siam(0.5), (P1, P2), -0.1123710460),
    "ReSSL": (lambda z: ReSSLLoss()(z, Z2, QUEUE), (Z1,), 1.7335992524),
    "SwAV": (SwAVLoss(), (torch.stack([S1, S2]),), 2.1180703541),
    "DeepCluster": (
        lambda s: DeepClusterLoss()(s, ASSIGNED),
        (torch.stack([S1, S2])[None],),
        7.9364449513,
    ),
    "SDPN": (sdpn(0), (SHORT.unflatten(0, (4, 2)),), 7.7820704145),
    "SDPN, uneven": (sdpn(1), (SHORT.unflatten(0, (4, 2)),), 0.0162197007),
    "W-MSE": (WMSELoss(), (W1, W2), 0.1440069313),
    "SIGReg": (
        lambda z: LeJEPALoss().sigreg(z, DIRECTIONS),
        (Z1,),
        1.1809368914,
    ),
    "LeJEPA": (
        lambda z: LeJEPALoss()(z, DIRECTIONS),
        (torch.stack([Z1, Z2, P1]),),
        None,
    ),
    "spread": (SpreadLoss(), (0.8 * Z1,), None),
}


@pytest.mark.parametrize("name", [k for k, v in LOSSES.items() if v[2]])
def test_the_recorded_value(name):
    loss, inputs, value = LOSSES[name]
    found = loss(*inputs)
    assert found.dtype == torch.float64
    assert found.item() == pytest.approx(value, abs=1e-9)
    # In half the digits there is nearly the same
    single = loss(*(x.float() for x in inputs)).item()
    assert single == pytest.approx(value, abs=2e-4)


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_are_right(name):
    loss, inputs, _ = LOSSES[name]
    # Codes have no gradient: they stay while the rest is moved
    if name == "SwAV":
        codes = SwAVLoss().codes(*inputs)

        class Fixed(SwAVLoss):
            def codes(self, scores, queued=None):
                return codes

        loss = Fixed()
    inputs = [x.clone().requires_grad_() for x in inputs]
    assert torch.autograd.gradcheck(loss, inputs)


def test_no_gradient_reaches_a_target():
    given = [x.clone().requires_grad_() for x in (P1, P2, Z1, Z2)]
    loss = SupSiamLoss()(*given, LABELS, QUEUE, QUEUE_LABELS)
    teacher, long = Z2.clone().requires_grad_(), LONG.clone().requires_grad_()
    student = given[2]
    loss = loss + ReSSLLoss()(student, teacher, QUEUE)
    loss = loss + SDPNLoss()(SHORT.unflatten(0, (4, 2)).requires_grad_(), long)
    loss.backward()
    assert given[0].grad.abs().sum() > 0 and student.grad.abs().sum() > 0
    assert given[3].grad is None and teacher.grad is None and long.grad is None


def test_a_class_that_is_absent_is_the_other_view():
    none = QUEUE[:0], QUEUE_LABELS[:0]
    found = SupSiamLoss(0.0)(P1, P2, Z1, Z2, LABELS, *none)
    assert torch.equal(found, SupSiamLoss(1.0)(P1, P2, Z1, Z2, LABELS, *none))


def test_ressl_of_equal_sides_is_the_entropy_of_the_teacher():
    loss = ReSSLLoss(0.1, 0.1)(Z1, Z1, QUEUE)
    p = (normalize(Z1, dim=1) @ QUEUE.T / 0.1).softmax(dim=1)
    entropy = torch.special.entr(p).sum(dim=1).mean()
    torch.testing.assert_close(loss, entropy)
    with pytest.raises(
        ValueError, match="teacher, 0.2, is above 0 and at most"
    ):
        ReSSLLoss(0.1, 0.2)
