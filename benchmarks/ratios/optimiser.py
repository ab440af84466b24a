"""AdamW as it is made here, fused where PyTorch can, against PyTorch's own choice."""

import torch

from ratios.interleaved import ratio, seconds_of
from sb_contrastive.training.steps.fused_optimizer import make_optimizer

LAYERS = {
    "65 536 prototypes of 256": [(65536, 256)],
    "60 layers of 128 x 128": [(128, 128)] * 60,
}


def measure(options):
    """Return one ratio for each set of weights."""
    found = []
    for what, shapes in LAYERS.items():
        ways = {
            "fused": step(make_optimizer, shapes, options.device),
            "plain": step(lambda c, g: c(g), shapes, options.device),
        }
        taken = seconds_of(ways, options.rounds, warm_up=2)
        name = f"AdamW on {what}: fused / PyTorch's choice"
        found.append(ratio(name, taken, "fused", "plain"))
    return found


def step(make, shapes, device):
    """Return a function that makes a step on gradients that stay."""
    weights = [
        torch.nn.Parameter(torch.randn(s, device=device)) for s in shapes
    ]
    for weight in weights:
        weight.grad = torch.randn_like(weight)
    return make(torch.optim.AdamW, [{"params": weights}]).step
