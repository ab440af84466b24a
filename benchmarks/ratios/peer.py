"""A training step of the closest peer, sslsv (Lepage and Dehak), of which a clone lies in a folder that the user names."""

import sys
import types
from types import SimpleNamespace

import torch

# What its modules import for logging, and a step does not need
UNUSED = ("wandb", "torch.utils.tensorboard")


def step(folder, method, crops, prototypes, device):
    """Return a function that makes one step as the peer's trainer does, in float32.

    Arguments
    ---------
    folder : str
        A clone of https://github.com/theolepage/sslsv.
    method : str
        "SimCLR", "MoCo" or "DINO".
    crops : dict of str to torch.Tensor
        See `ratios.steps.crops_of`.
    prototypes : int
        Of DINO's head.
    device : torch.device
        Where to compute.

    Returns
    -------
    callable
    """
    _import_from(folder)
    torch.manual_seed(0)
    network, x = _METHODS[method](crops, prototypes)
    network, x = network.to(device).train(), x.to(device)
    frames = SimpleNamespace(dataset=SimpleNamespace(frame_length=x.shape[-1]))
    network.trainer = SimpleNamespace(config=frames)
    network.on_train_epoch_start(10, 100)
    optimizer = torch.optim.AdamW(
        network.get_learnable_params(), lr=1e-3, weight_decay=0.05
    )

    def run():
        network.on_train_step_start(1, 1000)
        loss = network.train_step(network(x, training=True), step=1)
        optimizer.zero_grad(set_to_none=True)
        network.on_before_backward()
        loss.backward()
        network.on_after_backward()
        optimizer.step()
        network.on_train_step_end(1, 1000)
        # Its logger takes every figure to the CPU
        return {k: float(v) for k, v in network.step_metrics.items()}

    return run


def _import_from(folder):
    for name in UNUSED:
        try:
            __import__(name)
        except ImportError:
            module = types.ModuleType(name)
            module.SummaryWriter = None
            sys.modules[name] = module
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def _encoder():
    from sslsv.encoders.ResNet34 import ResNet34, ResNet34Config

    return ResNet34(ResNet34Config())


def _simclr(crops, prototypes):
    from sslsv.methods.SimCLR.SimCLR import SimCLR, SimCLRConfig

    config = SimCLRConfig(enable_projector=False, temperature=0.05)
    return SimCLR(config, _encoder), crops["crops"]


def _moco(crops, prototypes):
    from sslsv.methods.MoCo.MoCo import MoCo, MoCoConfig

    config = MoCoConfig(enable_projector=False, queue_size=32768)
    return MoCo(config, _encoder), crops["crops"]


def _dino(crops, prototypes):
    from sslsv.methods.DINO.DINO import DINO, DINOConfig

    # It cuts its short crops from long ones
    short = torch.nn.functional.pad(
        crops["short"], (0, crops["long"].shape[2] - crops["short"].shape[2])
    )
    config = DINOConfig(head_output_dim=prototypes)
    return DINO(config, _encoder), torch.cat([crops["long"], short], dim=1)


_METHODS = {"SimCLR": _simclr, "MoCo": _moco, "DINO": _dino}
