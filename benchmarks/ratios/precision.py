"""Steps in bfloat16 against float32, for each encoder of hparams/models/ that needs no download."""

import torch
from bench_precision import ENCODERS, MODELS, embed
from hyperpyyaml import load_hyperpyyaml

from ratios.interleaved import ratio, seconds_of

BATCH, SECONDS = 32, 2.0


def measure(options):
    """Return one ratio for each encoder."""
    found = []
    for name in ENCODERS:
        torch.manual_seed(0)
        encoder = load_hyperpyyaml(f"encoder: !include:{MODELS / name}.yaml")
        encoder = encoder["encoder"].to(options.device).train()
        wavs = 0.1 * torch.randn(BATCH, round(SECONDS * 16000))
        wavs = wavs.to(options.device)

        def step(half, encoder=encoder, wavs=wavs):
            embed(encoder, wavs, half).square().mean().backward()

        ways = {"bf16": lambda s=step: s(True), "fp32": lambda s=step: s(False)}
        taken = seconds_of(ways, options.rounds)
        what = f"{name}, {BATCH} crops of {SECONDS:.0f} s: step in bf16 / fp32"
        found.append(ratio(what, taken, "bf16", "fp32"))
    return found
