"""The inputs of the recorded values of losses: sines of rows and columns."""

import torch


def sines(rows, columns, a, b, c):
    """sin(a i^2 + b j + c i j), counted from 0, in float64."""
    i = torch.arange(rows, dtype=torch.float64)[:, None]
    j = torch.arange(columns, dtype=torch.float64)
    return torch.sin(a * i**2 + b * j + c * i * j)


Z1 = sines(6, 5, 0.3, 1.1, 0.7)
Z2 = Z1 + 0.4 * sines(6, 5, 0.9, 0.2, 1.3)
P1, P2 = sines(6, 5, 0.5, 0.8, 0.35), sines(6, 5, 0.2, 0.6, 0.9)
S1, S2 = sines(6, 4, 0.2, 0.7, 0.9), sines(6, 4, 0.8, 0.3, 0.4)
QUEUE = torch.nn.functional.normalize(sines(12, 5, 0.5, 0.8, 0.35), dim=1)
LABELS = torch.tensor([0, 0, 1, 1, 2, 2])
QUEUE_LABELS = torch.tensor([0, 1, 0, 1, 0, 1] + [3] * 6)
