"""Regularisers of DINO: where they act, and what they add."""

import pytest
import torch
from torch.nn import functional as F

from sb_contrastive.encoders import DINOHead
from sb_contrastive.losses import (
    DINOLoss,
    KoLeoLoss,
    MeanEntropyLoss,
    SpreadLoss,
)
from sb_contrastive.momentum import EMATeacher
from sb_contrastive.objectives import DINO, Regulariser
from sb_contrastive.objectives.objective import Embeddings, Moment
from sb_contrastive.schedules import Constant, LinearThenConstant

G, L, B, D, K = 2, 3, 6, 8, 12
MOMENT = Moment(0.5, 0, 1, list("abcdef"))


@pytest.fixture
def made():
    """Makes the objective, its outputs on a batch, and the heads."""

    def make(regularisers=None):
        torch.manual_seed(0)
        head = DINOHead(D, K, hidden_dim=16, bottleneck_dim=5)
        dino = DINO(
            head,
            DINOLoss(K),
            Constant(0.9),
            Constant(0.04),
            regularisers=regularisers,
        )
        heads = {"head": head, "teacher_head": EMATeacher(head)}
        long, short = torch.randn(G, B, D), torch.randn(L, B, D)
        seen = Embeddings({"long": long, "short": short}, {"long": long + 0.1})
        return dino, dino.outputs(seen, heads), head, long

    return make


def test_the_bottleneck_is_what_the_cosines_are_of(made):
    _, outputs, head, long = made()
    assert outputs.bottleneck.shape == (G + L, B, 5)
    unit = F.normalize(outputs.bottleneck, dim=-1)
    cosines = unit @ F.normalize(head.prototypes, dim=-1).T
    torch.testing.assert_close(outputs.student, cosines)
    assert torch.equal(outputs.embeddings, long)


def by_hand(placement, outputs, long):
    if placement == "embedding":
        return sum(map(KoLeoLoss(), long)) / G
    if placement == "hidden":
        return sum(map(KoLeoLoss(), outputs.hidden[:G])) / G
    if placement == "bottleneck":
        return sum(map(KoLeoLoss(), outputs.bottleneck[:G])) / G
    p = (outputs.student / 0.1).softmax(dim=-1).reshape(-1, K)
    return MeanEntropyLoss()(p)


@pytest.mark.parametrize(
    "placement", ["embedding", "hidden", "bottleneck", "prototypes"]
)
def test_a_term_acts_where_it_is_placed(made, placement):
    loss = MeanEntropyLoss() if placement == "prototypes" else KoLeoLoss()
    term = Regulariser(loss, LinearThenConstant(0.1, 0.3, 1.0), placement)
    plain, outputs, _, long = made()
    dino, _, _, _ = made({"term": term})
    assert dino.parts == ("term",)
    total, parts = dino.loss(outputs, MOMENT)
    slow = by_hand(placement, outputs, long)
    torch.testing.assert_close(parts["term"], slow)
    expected = plain.loss(outputs, MOMENT) + 0.2 * slow
    torch.testing.assert_close(total, expected)


def test_validation_has_the_cross_entropy_alone(made):
    plain, outputs, _, _ = made()
    dino, _, _, _ = made({"spread": Regulariser(SpreadLoss())})
    values = [d.eval().loss(outputs, MOMENT) for d in (plain, dino)]
    assert values[1][1] == {} and torch.equal(values[0], values[1][0])


def test_a_weight_of_zero_leaves_a_term_out(made):
    dino, outputs, _, _ = made({"koleo": Regulariser(KoLeoLoss(), 0)})
    assert dino.parts == () and dino.loss(outputs, MOMENT).ndim == 0


def test_koleo_on_the_bottleneck_frees_it_from_a_common_vector(made):
    """From nearly one direction: the common part falls, the rank rises."""
    dino, _, head, _ = made({"koleo": Regulariser(KoLeoLoss(), 1.0)})
    x = torch.randn(32, D)
    with torch.no_grad():
        head.mlp[-1].bias.copy_(torch.ones(5))
    optimizer = torch.optim.Adam(head.mlp.parameters(), 0.01)

    def figures():
        dino.bottleneck.clear()
        dino.bottleneck.add(head(x, with_layers=True)[2][None])
        return {k: v.item() for k, v in dino.bottleneck.figures().items()}

    before = figures()
    for _ in range(40):
        z = head(x, with_layers=True)[2]
        optimizer.zero_grad()
        dino.regularisers["koleo"]({"bottleneck": z[None]}).backward()
        optimizer.step()
    after = figures()
    assert before["bottleneck_common"] > 0.8 > 0.6 > after["bottleneck_common"]
    assert after["bottleneck_rank"] > before["bottleneck_rank"] + 1


def test_an_unknown_placement_is_refused():
    with pytest.raises(ValueError, match="placement is .*bottleneck"):
        Regulariser(KoLeoLoss(), placement="botleneck")
