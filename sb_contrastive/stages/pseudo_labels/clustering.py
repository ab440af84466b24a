"""Stage `cluster`: embeddings become pseudo-labels."""

from speechbrain.utils.distributed import run_on_main
from speechbrain.utils.logger import get_logger

from sb_contrastive.data.manifests.corpora import CORPUS, parts_by
from sb_contrastive.evaluation.clustering.label_table import LABELS
from sb_contrastive.evaluation.clustering.pseudo_labels import (
    find_pseudo_labels,
    leave_pseudo_labels,
)
from sb_contrastive.evaluation.embeddings.stored.file import read_embeddings
from sb_contrastive.experiment.schema import stages_before
from sb_contrastive.experiment.signatures import checked_by
from sb_contrastive.ranges import Count, Several, Share
from sb_contrastive.rows.speakers import training_rows
from sb_contrastive.stages.pseudo_labels.embedding import EMBEDDINGS

logger = get_logger(__name__)


def check_cluster(
    experiment,
    name,
    /,
    embeddings: str,
    clusters: Several | None = None,
    within: str | None = CORPUS,
    rows=training_rows,
    *,
    stages: list[str],
):
    """Refuse embeddings that nobody will have left, and parts that are not known.

    Arguments
    ---------
    experiment, name, embeddings, clusters, within, rows
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
    if clusters is None:
        parts_by(experiment.once(rows), within)
    elif within not in (None, CORPUS):
        raise ValueError(
            f"{name} finds the number of clusters of each {within} by itself: "
            f"leave out `clusters`, or `within`"
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
    within: str | None = CORPUS,
    whitening: Share = 0.5,
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
    within : str, optional
        A column of the manifest: utterances of two of its values are never of
        one speaker, and each of them is clustered by itself, unless `clusters`
        is given. Where the cosines of one do not tell how many speakers it has,
        each of its utterances is a cluster of its own.
    whitening : float
        How far directions in which many embeddings differ are evened out first,
        see `whitened`: 0, not at all, to 1.
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
    known = {row["ID"]: row for row in experiment.once(rows)}
    own = [known[i] for i in ids]
    found = find_pseudo_labels(
        z,
        wavs,
        clusters=clusters,
        least=least,
        most=most,
        least_sure=least_sure,
        whitening=whitening,
        seed=experiment.seed,
        speakers=[row.get("spk_id") for row in own],
        name=name,
        parts=parts_by(own, within) if clusters is None else None,
    )
    run_on_main(leave_pseudo_labels, args=[folder, ids, found])
