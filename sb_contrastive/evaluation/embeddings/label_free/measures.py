"""All measures of crops of utterances that nobody has labelled."""

from sb_contrastive.evaluation.embeddings.label_free.alpha_req import alpha_req
from sb_contrastive.evaluation.embeddings.label_free.lidar import lidar
from sb_contrastive.evaluation.embeddings.label_free.stability import (
    cluster_stability,
)
from sb_contrastive.evaluation.embeddings.monitors import effective_rank
from sb_contrastive.evaluation.embeddings.probes import speaker_eer
from sb_contrastive.evaluation.embeddings.unit import unit_embeddings

LEAST = 4  # utterances


def label_free_measures(z):
    """Computes what can be told of an embedding space from a few crops of each
    utterance.

    Embeddings are scaled to length sqrt(D), so that measures do not depend on
    their level, and the variance of a dimension is about 1.

    Arguments
    ---------
    z : torch.Tensor
        Raw embeddings [N, q, D]: q crops of each of N utterances; four
        utterances or more, and an even number of crops.

    Returns
    -------
    dict of str to float
        `rankme` and `alpha_req` of all crops (`effective_rank`, `alpha_req`),
        `lidar`; `crop_eer`, the equal error rate, a fraction, where two crops
        of one utterance are targets and those of two utterances are not; and
        `cluster_stability` between crops of even and odd numbers.

    Example
    -------
    >>> import torch
    >>> found = label_free_measures(torch.randn(8, 4, 16))
    >>> list(found)
    ['rankme', 'alpha_req', 'lidar', 'crop_eer', 'cluster_stability']
    """
    N, q, D = z.shape
    if N < LEAST or q % 2:
        raise ValueError(
            f"label-free measures need {LEAST} utterances or more, and an even "
            f"number of crops of each, got [N, q, D] of {list(z.shape)}"
        )
    flat = unit_embeddings(z.flatten(0, 1)) * D**0.5
    crops = flat.unflatten(0, (N, q))
    utterances = [str(n) for n in range(N) for _ in range(q)]
    halves = (crops[:, first::2].mean(dim=1).cpu().numpy() for first in (0, 1))
    return {
        "rankme": float(effective_rank(flat)),
        "alpha_req": alpha_req(flat),
        "lidar": lidar(crops),
        "crop_eer": speaker_eer(flat, utterances),
        "cluster_stability": cluster_stability(*halves),
    }
