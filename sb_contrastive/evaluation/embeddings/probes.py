"""Probes of frozen embeddings: kNN accuracy and speaker EER.

Both need labels but train nothing, so that they can be logged on a validation
set while an encoder learns without labels.
"""

from collections import Counter

import torch

from sb_contrastive.evaluation.embeddings.unit import (
    class_codes,
    cosine_blocks,
    unit_embeddings,
)
from sb_contrastive.evaluation.verification.error_rates import eer


@torch.no_grad()
def knn_accuracy(embeddings, labels, k=5, groups=None):
    """Computes the leave-one-out accuracy of a cosine k-nearest-neighbour
    classifier.

    The k neighbours vote with equal weight; between classes with equally many
    votes the larger sum of cosines decides. With ``groups``, neighbours from
    the utterance's own group are left out, so that an emotion cannot be guessed
    by recognising the speaker. Where fewer than k neighbours remain, those
    vote.

    Arguments
    ---------
    embeddings : torch.Tensor or array
        Raw embeddings [N, D].
    labels : sequence
        Class of each embedding.
    k : int
        Number of neighbours.
    groups : sequence, optional
        Group (speaker) of each embedding.

    Returns
    -------
    accuracy : float
        As a fraction.

    Raises
    ------
    ValueError
        If lengths differ, k is below 1, or an embedding has no neighbour.

    Example
    -------
    >>> z = torch.tensor([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]])
    >>> knn_accuracy(z, ["joy", "joy", "sad", "sad"], k=1)
    1.0
    """
    u = unit_embeddings(embeddings)
    N = len(u)
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    names, target = _codes(labels, u, "labels")
    C = len(names)
    if groups is None:  # each embedding is a group of its own
        group = torch.arange(N, device=u.device)
    else:
        group = _codes(groups, u, "groups")[1]
    if N < 2 or group.unique().numel() < 2:
        raise ValueError(
            "kNN needs embeddings from at least two groups (or two embeddings "
            f"where no groups are given), got {N} from one group"
        )
    correct = 0
    for rows, cosine in cosine_blocks(u):  # [R], [R, N]
        cosine[group[rows, None] == group[None, :]] = -torch.inf
        top, neighbours = cosine.topk(min(k, N), dim=1)  # [R, k]
        # one vote each; the cosine, below 1/2 in sum, only decides draws
        vote = (1 + top.double() / (2 * k + 1)).where(top.isfinite(), 0)
        votes = vote.new_zeros(len(rows), C)
        votes.scatter_add_(1, target[neighbours], vote)
        correct += (votes.argmax(1) == target[rows]).sum()
    return float(correct) / N


@torch.no_grad()
def speaker_eer(embeddings, speakers):
    """Computes the equal error rate over all pairs of embeddings, scored by
    cosine.

    Arguments
    ---------
    embeddings : torch.Tensor or array
        Raw embeddings [N, D]. Memory grows with N^2: 2 000 embeddings are two
        million trials, a few thousand are a sensible limit.
    speakers : sequence
        Speaker of each embedding.

    Returns
    -------
    eer : float
        As a fraction.

    Raises
    ------
    ValueError
        If no speaker has two embeddings, or there is only one speaker.

    Example
    -------
    >>> z = torch.tensor([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]])
    >>> speaker_eer(z, ["anna", "anna", "ben", "ben"])
    0.0
    """
    u = unit_embeddings(embeddings)
    speaker = _codes(speakers, u, "speakers")[1]
    first, second = torch.triu_indices(len(u), len(u), 1, device=u.device)
    scores = (u @ u.T)[first, second]
    same = speaker[first] == speaker[second]
    if not same.any() or same.all():
        raise ValueError(
            "speaker EER needs at least two speakers, one of them with two "
            f"embeddings, got {len(u)} embeddings of "
            f"{speaker.unique().numel()} speaker(s)"
        )
    return eer(scores[same], scores[~same])[0]


def speaker_probes(embeddings, utterances, speakers):
    """Computes both probes over the utterances of known speakers with at least
    two utterances.

    Arguments
    ---------
    embeddings : torch.Tensor
        Raw embeddings [N, D].
    utterances : list of str
        ID of each embedding.
    speakers : dict of str to str
        Utterance -> speaker, for as many as are known.

    Returns
    -------
    dict of str to float
        `speaker_eer` and `speaker_knn`, both fractions; empty where fewer than
        two speakers have two utterances.

    Example
    -------
    >>> z = torch.tensor([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]])
    >>> speaker_probes(z, list("abcd"), {"a": "anna", "b": "anna", "c": "ben"})
    {}
    """
    counts = Counter(speakers.get(u) for u in utterances)
    known = [
        n
        for n, u in enumerate(utterances)
        if u in speakers and counts[speakers[u]] > 1
    ]
    names = [speakers[utterances[n]] for n in known]
    if len(set(names)) < 2:
        return {}
    return {
        "speaker_eer": speaker_eer(embeddings[known], names),
        "speaker_knn": knn_accuracy(embeddings[known], names),
    }


def _codes(names, u, kind):
    """Return the distinct names and the number [N] of each on u's device."""
    distinct, codes = class_codes(names, len(u), kind)
    return distinct, torch.as_tensor(codes, device=u.device)
