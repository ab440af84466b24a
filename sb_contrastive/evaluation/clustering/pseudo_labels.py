"""Makes pseudo-labels of embeddings: clusters that stand for speakers, and what of them is kept."""

import json
from typing import NamedTuple

import numpy as np
from speechbrain.utils.logger import get_logger

from sb_contrastive.evaluation.clustering.agreement import (
    FIGURES,
    JUDGED,
    agreement,
)
from sb_contrastive.evaluation.clustering.groups import Groups, group_speakers
from sb_contrastive.evaluation.clustering.label_table import (
    LABELS,
    write_labels,
)
from sb_contrastive.evaluation.clustering.tree import library_before
from sb_contrastive.evaluation.clustering.whitening import whitened
from sb_contrastive.evaluation.verification.calibration import fit_unlabelled
from sb_contrastive.files import write_atomically

logger = get_logger(__name__)

# Standard deviations between the cosines of one speaker and of two, below which
# the two kinds of pairs may as well be of one sex and of two: 251 recordings of
# 251 readers of LibriSpeech have 2.0 to 2.2, those of 18 speakers 2.6 to 4.5
CLEAR = 2.5


class PseudoLabels(NamedTuple):
    """Holds the clusters of N utterances, which of them are kept [N], and what
    describes them, by name."""

    groups: Groups
    kept: np.ndarray
    figures: dict


def find_pseudo_labels(
    z,
    wavs,
    *,
    clusters,
    least,
    most,
    least_sure,
    whitening,
    seed,
    speakers,
    name,
    parts=None,
):
    """Group embeddings by speaker, without labels.

    Arguments
    ---------
    z : numpy.ndarray
        Embeddings [N, D].
    wavs : list of str
        The file of each; the cosines of pairs of one file are no evidence.
    clusters : int or None
        How many; None: found from the cosines of pairs.
    least, most : int, int or None
        Utterances that a cluster must, and may, have for them to be kept.
    least_sure : float
        Probability of its cluster, against all others, below which an utterance
        is left out; where nothing tells it, all are kept.
    whitening : float
        See `whitened`; cosines are those of what it returns.
    seed : int
        Of k-means, which comes first above 20 000 utterances.
    speakers : list of str or None
        True speaker of each utterance, None where it is not known. They are
        used for judging only.
    name : str
        Of the clustering, for the log.
    parts : list of str, optional
        A value for each utterance, such as its corpus: two utterances of two
        values are never of one speaker. Each part is clustered by itself, and
        their number of clusters cannot be given.

    Returns
    -------
    PseudoLabels

    Raises
    ------
    ValueError
        When fewer than two clusters are kept, or their number is asked for and
        cannot be found; in a part, each utterance is then a cluster of its own.

    Example
    -------
    >>> z = np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]])
    >>> found = find_pseudo_labels(
    ...     z, list("abcd"), clusters=2, least=1, most=None, least_sure=0.0,
    ...     whitening=0.0, seed=1, speakers=[None] * 4, name="cluster"
    ... )
    >>> found.groups.labels.tolist(), found.figures["kept"]
    ([0, 0, 1, 1], 4)
    """
    if parts is None:
        z = whitened(z, whitening)
        groups, own = _groups(name, z, wavs, clusters, seed), {}
    else:
        groups, own = _of_parts(name, z, wavs, seed, parts, whitening)
    sizes = np.bincount(groups.labels)[groups.labels]  # [N]
    kept = (sizes >= least) & (sizes <= (most or len(z)))
    kept &= ~(groups.sure < least_sure)  # NaN, where nothing tells it, stays
    figures = _figures(groups, kept, speakers) | own
    if figures["kept_clusters"] < 2:
        raise ValueError(
            f"{name} leaves {figures['kept_clusters']} cluster(s) of {least} or "
            f"more utterances, of {figures['clusters']} in all: give `clusters`, "
            f"a smaller `least`, or a network that tells speakers apart better"
        )
    logger.info(f"{name}: {_told(figures)}")
    return PseudoLabels(groups, kept, figures)


def leave_pseudo_labels(folder, ids, found):
    """Write `clusters.json` and, at last, `pseudo_labels.csv`.

    Arguments
    ---------
    folder : pathlib.Path
        Of both files.
    ids : list of str
        The N utterances.
    found : PseudoLabels
        Their clusters.
    """
    text = json.dumps(found.figures, indent=1)
    write_atomically(folder / FIGURES, lambda p: p.write_text(text))
    # Last: it tells that the clustering is finished
    write_labels(folder / LABELS, ids, found.groups, found.kept)


def _groups(name, z, wavs, clusters, seed, must_be_clear=False):
    """Cluster; the calibration is needed for the number, or at least for how
    sure an utterance is."""
    try:
        found = fit_unlabelled(z, wavs, seed)
    except ValueError as error:
        if clusters is None:
            raise ValueError(
                f"{name} cannot tell how many clusters there are: {error}; or "
                f"give `clusters`"
            ) from error
        return group_speakers(z, None, clusters, seed)
    if clusters is None and found.separation < CLEAR:
        doubt = (
            f"{name} can hardly tell how many clusters there are: the cosines "
            f"of one speaker and of two are {found.separation:.1f} standard "
            f"deviations apart, less than {CLEAR}"
        )
        if must_be_clear:
            raise ValueError(doubt)
        logger.warning(f"{doubt}; give `clusters`")
    return group_speakers(z, found.calibration, clusters, seed)


def _of_parts(name, z, wavs, seed, parts, whitening):
    """Cluster each part by itself: the cosines of two corpora would pass for
    those of two speakers, and those within a corpus for one speaker."""
    labels = np.zeros(len(z), dtype=int)
    cosines, sure = np.ones(len(z)), np.full(len(z), np.nan)
    between, found, count, largest = np.zeros(2, dtype=int), {}, 0, 0
    for value in dict.fromkeys(parts):
        which = np.flatnonzero([part == value for part in parts])
        try:
            groups = _groups(
                f"{name} of {value}",
                whitened(z[which], whitening),
                [wavs[n] for n in which],
                None,
                seed,
                must_be_clear=True,
            )
        except ValueError as error:
            N = len(which)
            logger.warning(
                f"{error}. Each of the {N} utterances of {value} is a cluster of "
                f"its own"
            )
            groups = Groups(np.arange(N), np.ones(N), sure[which], None, (N, N))
        own = int(groups.labels.max()) + 1
        found[str(value)] = {"clusters": own, "threshold": groups.threshold}
        labels[which] = groups.labels + count
        cosines[which], sure[which] = groups.cosines, groups.sure
        between += groups.between
        count, largest = count + own, max(largest, len(which))
    least, most = (int(n) for n in between)
    groups = Groups(labels, cosines, sure, None, (least, most))
    return groups, {"parts": found, "k_means": library_before(largest)}


def _figures(groups, kept, speakers):
    """Describe a clustering by numbers."""
    fewer, more = groups.between
    found = {
        "utterances": len(kept),
        "clusters": int(groups.labels.max()) + 1,
        "clusters_between": [fewer, more],
        "threshold": groups.threshold,
        "k_means": library_before(len(kept)),
        "kept": int(kept.sum()),
        "kept_clusters": len(np.unique(groups.labels[kept])),
    }
    known = np.array([bool(s) for s in speakers])
    if known.any():
        names = np.array([str(s) for s in speakers])
        found[JUDGED] = {
            "speakers": len(np.unique(names[known])),
            **agreement(groups.labels[known], names[known]),
        }
        if (known & kept).any():
            own = known & kept
            judged = agreement(groups.labels[own], names[own])
            found[JUDGED] |= {f"kept_{k}": v for k, v in judged.items()}
    return found


def _told(figures):
    """Say in one line what was found."""
    fewer, more = figures["clusters_between"]
    text = f"{figures['clusters']} clusters"
    if figures["threshold"] is not None:
        text += (
            f" (threshold {figures['threshold']:.3f}; {fewer} if it is 0.05 "
            f"lower, {more} if it is 0.05 higher)"
        )
    text += (
        f"; {figures['kept']} of {figures['utterances']} utterances are kept, "
        f"in {figures['kept_clusters']} clusters"
    )
    if judged := figures.get(JUDGED):
        text += (
            f". There are {judged['speakers']} speakers: NMI "
            f"{judged['NMI']:.3f}, ARI {judged['ARI']:.3f}, purity "
            f"{judged['purity']:.3f} ({JUDGED})"
        )
    return text
