"""Training steps against the encoder alone, in float32 and bfloat16, and against a peer's steps."""

import functools

import torch
from speechbrain import Stage
from speechbrain.dataio.batch import PaddedBatch
from speechbrain.lobes.features import Fbank
from speechbrain.processing.features import InputNormalization

from ratios import peer
from ratios.interleaved import ratio, seconds_of
from sb_contrastive.brains import DINOBrain, MoCoBrain, SimCLRBrain
from sb_contrastive.data.views.crops import RandomCrops
from sb_contrastive.encoders import DINOHead, ResNet34, UtteranceEncoder
from sb_contrastive.losses import DINOLoss, MoCoLoss, NTXentLoss
from sb_contrastive.queue import KeyQueue

SECONDS = 2.0  # of a crop; DINO's short ones have half
LOCAL = 4  # short crops of DINO


def encoder():
    """Make the Fast ResNet-34 of the peer: 1.44 M parameters."""
    backbone = ResNet34(
        40,
        512,
        strides=[1, 2, 2, 1],
        stem_kernel=7,
        stem_stride=[2, 1],
        se_reduction=8,
        pooling="self_attentive",
    )
    norm = InputNormalization(norm_type="sentence", std_norm=True)
    return UtteranceEncoder(Fbank(n_mels=40), backbone, 512, norm)


def measure(options):
    """Return the ratios of all methods."""
    found = []
    for method, batch in (("SimCLR", 32), ("MoCo", 32), ("DINO", 8)):
        found += compare(method, batch, options)
    found += compare("DINO", 4, options, prototypes=65536)
    return found


def compare(method, batch, options, prototypes=2048):
    """Return the ratios of one method."""
    ways, device = {}, options.device
    crops = crops_of(method, batch, device)
    for precision in ("fp32", "bf16"):
        step = own_step(method, crops, precision, prototypes, device)
        ways[precision] = step
        ways[f"encoder {precision}"] = encoder_alone(crops, precision, device)
    if options.peer is not None:
        ways["peer"] = peer.step(
            options.peer, method, crops, prototypes, device
        )
    taken = seconds_of(ways, options.rounds)
    what = f"{method}, batch {batch}"
    if method == "DINO":
        what += f", {prototypes} prototypes"
    found = [
        ratio(f"{what}: step / encoder alone, {p}", taken, p, f"encoder {p}")
        for p in ("fp32", "bf16")
    ]
    if options.peer is not None:
        found += [
            ratio(f"{what}: step in {p} / peer's", taken, p, "peer")
            for p in ("fp32", "bf16")
        ]
    return found


def crops_of(method, batch, device):
    """Return crops by the names of a Brain's views, each [batch, count, S]."""
    torch.manual_seed(0)
    samples = round(SECONDS * 16000)
    counts = {"long": 2, "short": LOCAL} if method == "DINO" else {"crops": 2}
    sizes = {"long": samples, "short": samples // 2, "crops": samples}
    return {
        name: 0.1 * torch.randn(batch, count, sizes[name], device=device)
        for name, count in counts.items()
    }


def own_step(method, crops, precision, prototypes, device):
    """Return a function that makes one step of a Brain of ours."""
    torch.manual_seed(0)
    modules = {"encoder": encoder()}
    common = {
        "opt_class": functools.partial(torch.optim.AdamW, weight_decay=0.05),
        "learning_rate": 1e-3,
        "total_steps": 10**6,
        "run_opts": {
            "device": str(device),
            "precision": precision,
            "noprogressbar": True,
        },
    }
    drawn = {
        "counts": [v.shape[1] for v in crops.values()],
        "seconds": [v.shape[2] / 16000 for v in crops.values()],
        "seed": 0,
    }
    if method == "SimCLR":
        brain = SimCLRBrain(
            modules, loss=NTXentLoss(0.05), crops=RandomCrops(**drawn), **common
        )
    elif method == "MoCo":
        brain = MoCoBrain(
            modules,
            loss=MoCoLoss(0.05),
            queue=KeyQueue(32768, 512),
            key_momentum=0.999,
            crops=RandomCrops(**drawn),
            **common,
        )
    else:
        modules["head"] = DINOHead(512, prototypes)
        brain = DINOBrain(
            modules,
            loss=DINOLoss(prototypes),
            teacher_momentum=0.996,
            teacher_temperature=0.04,
            crops=RandomCrops(**drawn),
            **common,
        )
    items = [
        {"id": str(i), **{n: v[i] for n, v in zip(brain.views, crops.values())}}
        for i in range(len(next(iter(crops.values()))))
    ]
    batch = PaddedBatch(items)
    brain.on_fit_start()
    brain.modules.train()
    brain.on_stage_start(Stage.TRAIN, 1)
    return lambda: brain.fit_batch(batch)


def encoder_alone(crops, precision, device):
    """Return a function that passes all crops forward and backward."""
    torch.manual_seed(0)
    network = encoder().to(device).train()
    flat = [v.flatten(0, 1) for v in crops.values()]

    def both():
        half = precision == "bf16"
        for wavs in flat:
            with torch.autocast(wavs.device.type, torch.bfloat16, enabled=half):
                z = network(wavs)
            z.float().square().mean().backward()
        network.zero_grad()

    return both
