"""Embedding utterances one by one against `embed`, where those of one length share a pass."""

import torch
from bench_precision import MODELS
from hyperpyyaml import load_hyperpyyaml

from ratios.interleaved import ratio, seconds_of
from sb_contrastive.evaluation.embeddings.embed import embed

FILES, SECONDS = 96, 3.0


def measure(options):
    """Return one ratio for each encoder."""
    torch.manual_seed(0)
    samples = round(SECONDS * 16000)
    rows = [
        {
            "ID": str(i),
            "wav": str(i),
            "start": 0,
            "stop": samples,
            "audio": 0.1 * torch.randn(samples).numpy(),
        }
        for i in range(FILES)
    ]
    found = []
    for name in ("ecapa", "xvector", "resnet"):
        encoder = load_hyperpyyaml(f"encoder: !include:{MODELS / name}.yaml")
        encoder = encoder["encoder"].to(options.device).eval()
        ways = {
            "one by one": lambda e=encoder: [
                embed(e, [row], options.device) for row in rows
            ],
            "together": lambda e=encoder: embed(e, rows, options.device),
        }
        taken = seconds_of(ways, options.rounds)
        what = (
            f"{name}, {FILES} utterances of {SECONDS:.0f} s: one by one / embed"
        )
        found.append(ratio(what, taken, "one by one", "together"))
    return found
