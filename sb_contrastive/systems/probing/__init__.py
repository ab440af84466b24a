"""Linear classifiers of vectors that nothing trains: probes of frozen encoders, and floors."""

from sb_contrastive.systems.probing.encoder_vectors import encoder_vectors
from sb_contrastive.systems.probing.mfcc_vectors import mfcc_vectors
from sb_contrastive.systems.probing.opensmile_vectors import opensmile_vectors
from sb_contrastive.systems.probing.probe_step import ProbeStep
from sb_contrastive.systems.probing.resemblyzer_vectors import (
    resemblyzer_vectors,
)
from sb_contrastive.systems.probing.vector_encoder import VectorEncoder

__all__ = [
    "ProbeStep",
    "VectorEncoder",
    "encoder_vectors",
    "mfcc_vectors",
    "opensmile_vectors",
    "resemblyzer_vectors",
]
