"""The most memory that training has taken."""

import sys
from pathlib import Path

import torch

try:
    import resource
except ImportError:  # Windows
    resource = None

STATUS = Path("/proc/self/status")  # of Linux


def peak_memory_gib(device):
    """The most memory that this process has held since it began: on a GPU that
    of PyTorch's tensors, elsewhere all of it.

    Arguments
    ---------
    device : str or torch.device
        Where training is done.

    Returns
    -------
    float or None
        GiB; None where the system does not tell.

    Example
    -------
    >>> block = torch.ones(2**26)  # 256 MiB
    >>> peak_memory_gib("cpu") > 0.25
    True
    """
    if torch.device(device).type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**30
    if STATUS.is_file():
        # getrusage would count what the process that started this one held
        for line in STATUS.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 2**20  # of KiB
    if resource is None:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # macOS counts bytes, others KiB
    return peak / (2**30 if sys.platform == "darwin" else 2**20)
