"""Stage `cluster`: embeddings become pseudo-labels."""

import json

import numpy as np
from speechbrain.utils.distributed import run_on_main
from speechbrain.utils.logger import get_logger

from sb_contrastive.evaluation.clustering import agreement, group_speakers
from sb_contrastive.evaluation.clustering.agreement import FIGURES, JUDGED
from sb_contrastive.evaluation.clustering.tree import library_before
from sb_contrastive.evaluation.embeddings.stored.file import read_embeddings
from sb_contrastive.evaluation.verification.calibration import fit_unlabelled
from sb_contrastive.experiment.schema import stages_before
from sb_contrastive.experiment.signatures import checked_by
from sb_contrastive.files import write_atomically
from sb_contrastive.ranges import Count, Several, Share
from sb_contrastive.rows.speakers import training_rows
from sb_contrastive.stages.pseudo_labels.embedding import EMBEDDINGS
from sb_contrastive.stages.pseudo_labels.table import LABELS, write_labels

logger = get_logger(__name__)


def check_cluster(experiment, name, /, embeddings: str, *, stages: list[str]):
    """Refuse embeddings that nobody will have left.

    Arguments
    ---------
    experiment, name, embeddings
        See `cluster`.
    stages : list of str
        The stages of this call.
    """
    before = stages_before(stages, name)
    path = experiment.folder / embeddings / EMBEDDINGS
    if embeddings not in before and not path.is_file():
        raise FileNotFoundError(
            f"there is no {path} to cluster: put {embeddings!r} before {name!r} "
            f"in `stages`"
        )


@checked_by(check_cluster)
def cluster(
    experiment,
    name,
    /,
    embeddings: str,
    clusters: Several | None = None,
    least: Count = 3,
    most: Count | None = None,
    least_sure: Share = 0.5,
    rows=training_rows,
):
    """Group the embeddings of the training utterances by speaker, without
    labels, and leave `pseudo_labels.csv` in the stage's folder, with the
    columns ID, cluster, cosine (to the centre of the cluster) and kept.

    Groups are merged by the mean cosine of their members. Above 20 000
    utterances, k-means first makes 10 000 small groups; from 50 000 on, faiss
    does it where it is installed, with nearly the same groups. Merging stops where,
    by two Gaussians that are fitted to the cosines of pairs, one speaker is as
    probable as two; or at a given number of clusters.

    `clusters.json` says how many clusters there are and, where the manifest
    has speakers, how well the clusters agree with them. That uses labels, for
    judging only.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    name : str
        Name of the stage, and of its folder.
    embeddings : str
        The stage `embed` that has left them.
    clusters : int, optional
        How many clusters; found from the cosines when absent.
    least, most : int
        Utterances that a cluster must, and may, have for them to be kept; no
        upper limit when `most` is absent.
    least_sure : float
        Probability of its cluster, against all others, below which an
        utterance is left out; where nothing tells it, all are kept.
    rows : callable
        Experiment -> the training utterances, of which the speakers are taken
        for judging.
    """
    folder = experiment.folder / name
    if (folder / LABELS).is_file():
        logger.info(f"{folder / LABELS} is there already")
        return
    path = experiment.folder / embeddings / EMBEDDINGS
    experiment.taken([path])
    ids, wavs, z = read_embeddings(path)
    if experiment.debug:  # a network that is hardly trained has no clusters
        clusters, least, least_sure = max(len(ids) // 8, 2), 1, 0.0
    groups = _groups(name, z, wavs, clusters, experiment.seed)
    sizes = np.bincount(groups.labels)[groups.labels]  # [N]
    kept = (sizes >= least) & (sizes <= (most or len(ids)))
    kept &= ~(groups.sure < least_sure)  # NaN, where nothing tells it, stays
    speakers = {r["ID"]: r.get("spk_id") for r in experiment.once(rows)}
    figures = _figures(groups, kept, [speakers.get(i) for i in ids])
    if figures["kept_clusters"] < 2:
        raise ValueError(
            f"{name} leaves {figures['kept_clusters']} cluster(s) of {least} or "
            f"more utterances, of {figures['clusters']} in all: give `clusters`, "
            f"a smaller `least`, or a network that tells speakers apart better"
        )
    logger.info(f"{name}: {_told(figures)}")
    run_on_main(_write, args=[folder, ids, groups, kept, figures])


def _groups(name, z, wavs, clusters, seed):
    """Cluster; the calibration is needed for the number, or at least for how
    sure an utterance is."""
    try:
        calibration = fit_unlabelled(z, wavs, seed).calibration
    except ValueError as error:
        if clusters is None:
            raise ValueError(
                f"{name} cannot tell how many clusters there are: {error}; or "
                f"give `clusters`"
            ) from error
        calibration = None
    return group_speakers(z, calibration, clusters, seed)


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


def _write(folder, ids, groups, kept, figures):
    text = json.dumps(figures, indent=1)
    write_atomically(folder / FIGURES, lambda p: p.write_text(text))
    # Last: it tells that the stage is finished
    write_labels(folder / LABELS, ids, groups, kept)
