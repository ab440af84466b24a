"""Speech embeddings without labels, inside SpeechBrain."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sb_contrastive.inference import Model, Verification, load
    from sb_contrastive.momentum import EMATeacher

__version__ = "0.1.0"
__all__ = ["EMATeacher", "Model", "Verification", "__version__", "load"]

# Imported when they are first asked for: torch and SpeechBrain take seconds
_HOMES = {
    "EMATeacher": "sb_contrastive.momentum",
    "Model": "sb_contrastive.inference",
    "Verification": "sb_contrastive.inference",
    "load": "sb_contrastive.inference",
}


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(f"sb_contrastive has no name {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__():
    return sorted(__all__)
