"""CombinedLoss: placement, the four mixings, and all its parts in two processes."""

import pytest
import torch

from sb_contrastive.losses import (
    BarlowTwinsLoss,
    CombinedLoss,
    SupConLoss,
    TripletLoss,
    VICRegLoss,
)
from sb_contrastive.schedules import LinearThenConstant

# Classes 0, 1 in the first half of the batch, 0, 1, 2 in the second, whose
# last row has no positive
LABELS = torch.tensor([0, 0, 1, 1, 0, 0, 1, 2])
TRIPLETS = torch.tensor(
    [[0, 1, 2], [1, 0, 3], [2, 3, 0], [3, 2, 1]]
    + [[4, 5, 6], [5, 4, 7], [4, 5, 7], [5, 4, 6]]
)
PLACEMENTS = [(c, n) for c in "rz" for n in "rz"]


def vectors(N=8, D=5):
    generator = torch.Generator().manual_seed(0)
    r = torch.randn(N, D, generator=generator, dtype=torch.float64)
    weights = torch.randn(D, 3, generator=generator, dtype=torch.float64)
    r.requires_grad_()
    return r, r @ weights


def terms_by_hand(con, nc, placement, r, z):
    x = {"r": r, "z": z}[placement[0]]
    y = {"r": r, "z": z}[placement[1]]
    a, p, n = TRIPLETS.T
    if isinstance(con, TripletLoss):
        return con(x[a], x[p], x[n]), nc(y[a], y[p])
    return con(x, LABELS), nc(y[a], y[p])


@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize("con", [TripletLoss(0.9), SupConLoss(0.2)])
@pytest.mark.parametrize("nc", [BarlowTwinsLoss(0.1), VICRegLoss(1, 1, 0.04)])
def test_fixed_is_the_weighted_sum_at_the_places_asked_for(con, nc, placement):
    r, z = vectors()
    places = dict(zip(("contrastive", "non_contrastive"), placement))
    loss = CombinedLoss(con, nc, alpha=0.3, placement=places)
    one, other = terms_by_hand(con, nc, placement, r, z)
    torch.testing.assert_close(loss(r, z, LABELS, TRIPLETS), one + 0.3 * other)


def test_contrastive_is_on_the_embedding_by_default():
    r, z = vectors()
    con, nc = SupConLoss(), VICRegLoss()
    one, other = CombinedLoss(con, nc).terms(r, z, LABELS, TRIPLETS)
    expected = terms_by_hand(con, nc, "rz", r, z)
    assert torch.equal(one, expected[0]) and torch.equal(other, expected[1])


@pytest.mark.parametrize("mixing", ["fixed", "log"])
def test_the_non_contrastive_loss_alone(mixing):
    r, z = vectors()
    loss = CombinedLoss(None, VICRegLoss(), 1.0, mixing=mixing)
    con, nc = loss.terms(r, z, LABELS, TRIPLETS)
    assert con == 0
    (slope,) = torch.autograd.grad(loss(r, z, LABELS, TRIPLETS), r)
    assert slope.isfinite().all() and slope.any()
    with pytest.raises(ValueError, match="give a contrastive loss too"):
        CombinedLoss(None, VICRegLoss(), mixing="gradnorm")


def test_alpha_follows_a_schedule():
    r, z = vectors()
    alpha = LinearThenConstant(0.2, 0.0, until=0.5)
    loss = CombinedLoss(SupConLoss(), VICRegLoss(), alpha)
    con, nc = loss.terms(r, z, LABELS, TRIPLETS)
    for progress, weight in ((0.0, 0.2), (0.25, 0.1), (0.5, 0), (1.0, 0)):
        value = loss(r, z, LABELS, TRIPLETS, progress=progress)
        torch.testing.assert_close(value, con + weight * nc)


def test_log_has_the_gradient_of_the_logarithm_above_the_floor():
    r, z = vectors()
    loss = CombinedLoss(SupConLoss(), VICRegLoss(), 0.5, mixing="log")
    value = loss(r, z, LABELS, TRIPLETS)
    (slope,) = torch.autograd.grad(value, r, retain_graph=True)
    con, nc = loss.terms(r, z, LABELS, TRIPLETS)
    assert min(con, nc) > 0.05
    (expected,) = torch.autograd.grad(con.log() + 0.5 * nc.log(), r)
    torch.testing.assert_close(slope, expected)
    assert value.item() == pytest.approx(1.5)  # says nothing: log the terms


def test_log_does_not_explode_where_a_hinge_is_nearly_met():
    r = torch.eye(4)[[0, 0, 1, 1, 0, 0, 1, 2]].requires_grad_()
    con = TripletLoss(1.0001)  # all met but for a ten-thousandth
    loss = CombinedLoss(con, VICRegLoss(), 0.0, mixing="log")
    (slope,) = torch.autograd.grad(loss(r, r, LABELS, TRIPLETS), r)
    a, p, n = TRIPLETS.T
    (plain,) = torch.autograd.grad(con(r[a], r[p], r[n]), r)
    torch.testing.assert_close(slope, plain / 0.05)


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_gradnorm_balances_the_pulls(placement):
    r, z = vectors()
    places = dict(zip(("contrastive", "non_contrastive"), placement))
    loss = CombinedLoss(
        SupConLoss(), BarlowTwinsLoss(), 0.2, places, mixing="gradnorm"
    )
    loss(r, z, LABELS, TRIPLETS, step=0)
    terms = loss.terms(r, z, LABELS, TRIPLETS)
    shared = z if placement == ("z", "z") else r
    con, nc = (
        torch.autograd.grad(t, shared, retain_graph=True)[0].norm()
        for t in terms
    )
    assert loss.ratio.item() == pytest.approx((con / nc).item(), rel=1e-5)
    value = loss(r, z, LABELS, TRIPLETS, step=1)
    weight = 0.2 * loss.ratio.double()
    torch.testing.assert_close(value, terms[0] + weight * terms[1])


def test_gradnorm_looks_every_tenth_step_and_remembers():
    r, z = vectors()
    loss = CombinedLoss(SupConLoss(), VICRegLoss(), mixing="gradnorm")
    loss(r, z, LABELS, TRIPLETS, step=0)
    first = loss.ratio.item()
    # Ten times the embeddings: the same cosines, another pull
    r = (10 * r).detach().requires_grad_()
    z = r[:, :3]
    for step in range(1, 10):
        loss(r, z, LABELS, TRIPLETS, step=step)
        assert loss.ratio.item() == first
    loss.eval()
    loss(r, z, LABELS, TRIPLETS, step=10)
    assert loss.ratio.item() == first
    loss.train()
    loss(r, z, LABELS, TRIPLETS, step=10)
    fresh = CombinedLoss(SupConLoss(), VICRegLoss(), mixing="gradnorm")
    fresh(r, z, LABELS, TRIPLETS, step=10)
    expected = 0.9 * first + 0.1 * fresh.ratio.item()
    assert loss.ratio.item() == pytest.approx(expected)
    assert expected != pytest.approx(first)
    other = CombinedLoss(SupConLoss(), VICRegLoss(), mixing="gradnorm")
    other.load_state_dict(loss.state_dict())
    assert torch.equal(other.ratio, loss.ratio) and other.looked


@pytest.mark.parametrize("mixing", ["fixed", "log", "gradnorm"])
def test_a_few_steps_lower_both(mixing):
    r, _ = vectors()
    weights = torch.eye(5)[:, :3].double()
    loss = CombinedLoss(
        SupConLoss(0.5), VICRegLoss(1, 1, 0.04), 0.3, mixing=mixing
    )
    terms = []
    for step in range(30):
        value = loss(r, r @ weights, LABELS, TRIPLETS, step=step)
        (slope,) = torch.autograd.grad(value, r)
        r.data -= 0.5 * slope
        terms.append(torch.stack(loss.terms(r, r @ weights, LABELS, TRIPLETS)))
    assert (terms[-1] < terms[0]).all()


def test_gradnorm_within_autocast():
    layer = torch.nn.Linear(5, 3)
    r = vectors()[0].detach().float().requires_grad_()
    loss = CombinedLoss(SupConLoss(), VICRegLoss(), mixing="gradnorm")
    with torch.autocast("cpu", torch.bfloat16):
        embeddings = torch.nn.functional.linear(r, torch.eye(5))
        assert embeddings.dtype == torch.bfloat16
        value = loss(embeddings, layer(embeddings), LABELS, TRIPLETS)
    assert value.dtype == torch.float32
    value.backward()
    assert r.grad.isfinite().all()


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="did you mean 'gradnorm'"):
        CombinedLoss(SupConLoss(), VICRegLoss(), mixing="gradnom")
    with pytest.raises(ValueError, match="'contrastive' on 'y'"):
        CombinedLoss(SupConLoss(), VICRegLoss(), placement={"contrastive": "y"})
    with pytest.raises(ValueError, match="'contrast' on 'r'"):
        CombinedLoss(SupConLoss(), VICRegLoss(), placement={"contrast": "r"})


CASES = {
    "supcon, barlow": (SupConLoss(0.2), BarlowTwinsLoss(0.1), "fixed"),
    "triplet, vicreg": (TripletLoss(0.9), VICRegLoss(), "fixed"),
    "log": (TripletLoss(0.9), BarlowTwinsLoss(0.1), "log"),
    "gradnorm": (SupConLoss(0.2), BarlowTwinsLoss(0.1), "gradnorm"),
}


def loss_and_slope(case, rows, train=True):
    """Of one linear layer, on these rows of the batch."""
    con, nc, mixing = CASES[case]
    torch.manual_seed(0)
    layer = torch.nn.Linear(5, 4).double()
    r = layer(vectors()[0].detach()[rows])
    triplets = TRIPLETS[rows] - rows.start
    loss = CombinedLoss(con, nc, 0.3, mixing=mixing).train(train)
    value = loss(r, 2 * r[:, :3], LABELS[rows], triplets)
    value.backward()
    return value.detach(), torch.cat(
        [p.grad.flatten() for p in layer.parameters()]
    )


def test_two_processes_equal_one_with_the_joined_batch(two_ranks):
    def half(rank):
        rows = slice(4 * rank, 4 * rank + 4)
        results = {case: loss_and_slope(case, rows) for case in CASES}
        evaluation = loss_and_slope("supcon, barlow", rows, False)[0]
        return {**results, "evaluation": evaluation}

    halves = two_ranks(half)
    for case in CASES:
        whole = loss_and_slope(case, slice(0, 8))
        # As DistributedDataParallel does with gradients
        for parts, expected in zip(zip(*(h[case] for h in halves)), whole):
            torch.testing.assert_close(sum(parts) / 2, expected)
    # In evaluation each process has the whole set, and nothing is gathered
    for rank, half in enumerate(halves):
        rows = slice(4 * rank, 4 * rank + 4)
        expected = loss_and_slope("supcon, barlow", rows)[0]
        torch.testing.assert_close(half["evaluation"], expected)
