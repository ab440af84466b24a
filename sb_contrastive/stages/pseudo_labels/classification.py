"""Stage `classify`: an encoder learns to tell the clusters apart."""

from speechbrain.utils.logger import get_logger

from sb_contrastive.data.folds.validation_split import validation_split
from sb_contrastive.data.sampling.balanced_batches import balanced_batches
from sb_contrastive.encoders.weights import CHECKPOINT, load_weights
from sb_contrastive.evaluation.clustering.label_table import (
    COLUMN,
    LABELS,
    labelled_by_clusters,
    read_labels,
)
from sb_contrastive.experiment.blueprint import Blueprint
from sb_contrastive.experiment.schema import stages_before
from sb_contrastive.experiment.signatures import checked_by
from sb_contrastive.progress import current, losses
from sb_contrastive.ranges import Count, Fraction, Whole
from sb_contrastive.rows.speakers import training_rows
from sb_contrastive.stages.pretraining import PretrainingRun
from sb_contrastive.stages.pretraining.selection import LAST, check_select
from sb_contrastive.systems.classifier_step import USUAL
from sb_contrastive.systems.folders import pretrained_weights
from sb_contrastive.training.garbage import free_trained
from sb_contrastive.training.length import epochs_for

logger = get_logger(__name__)


def check_classify(
    experiment,
    name,
    /,
    labels: str,
    start: str | None,
    epochs: Whole,
    least_steps: Whole = 0,
    brain: dict | None = None,
    rows=training_rows,
    *,
    cluster_brain: Blueprint,
    pretrain_batch_size: Count,
    pretrain_validation_share: Fraction = 0.05,
    balance: str | None = None,
    select: str = LAST,
    stages: list[str],
):
    """Refuse pseudo-labels and a start that nobody will have left, batches that
    the audio cannot fill, and a Brain that cannot be made.

    Arguments
    ---------
    experiment, name, labels, start, epochs, least_steps, brain, rows
        See `classify`.
    cluster_brain, pretrain_batch_size, pretrain_validation_share, balance, select
        See `classify`.
    stages : list of str
        The stages of this call.
    """
    before = stages_before(stages, name)
    path = experiment.folder / labels / LABELS
    if labels not in before and not path.is_file():
        raise FileNotFoundError(
            f"there are no pseudo-labels {path}: put {labels!r} before {name!r} "
            f"in `stages`"
        )
    if start is not None and start not in before:
        weights = pretrained_weights(experiment, start, None)
        load_weights(experiment.build("encoder")["encoder"], weights)
    train, valid = validation_split(
        experiment.once(rows), pretrain_validation_share
    )
    folder = experiment.folder / name
    run = PretrainingRun(
        experiment,
        folder,
        cluster_brain,
        pretrain_batch_size,
        pretrain_validation_share,
        balance,
    )
    check_select(select, valid, debug=experiment.debug)
    size = run.fitting_batch_size(train)
    if not (folder / CHECKPOINT).is_file():
        experiment.settings.check_processes(name)
        # How many utterances will be kept is not known yet: all are counted
        batches = len(train) // size
        if balance is not None:
            batches = len(balanced_batches(train, balance, size))
        passes = epochs_for(epochs, least_steps, batches)
        more = {"utterances": [row["ID"] for row in train], **(brain or {})}
        run.brain_for(max(passes, 1), batches, valid, {"1": 0, "2": 1}, more)
        audio = size * USUAL
        experiment.expect(name, name, passes, batches, audio)


@checked_by(check_classify)
def classify(
    experiment,
    name,
    /,
    labels: str,
    start: str | None,
    epochs: Whole,
    least_steps: Whole = 0,
    brain: dict | None = None,
    rows=training_rows,
    *,
    cluster_brain: Blueprint,
    pretrain_batch_size: Count,
    pretrain_validation_share: Fraction = 0.05,
    balance: str | None = None,
    num_workers: Whole = 0,
    tensorboard: bool = False,
    select: str = LAST,
):
    """Train an encoder to tell the clusters of `pseudo_labels.csv` apart.

    The classifier goes on with that of the start where it has learnt the same
    clusters; else it begins anew.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    name : str
        Name of the stage, and of its folder.
    labels : str
        The stage `cluster` that has left the pseudo-labels. Utterances that it
        does not keep are left out.
    start : str or None
        The stage whose encoder to continue from, or a place outside the
        experiment, see `weights_elsewhere`; None: random weights.
    epochs : int
        Passes over the audio.
    least_steps : int
        Batches below which more passes are made: a small corpus needs them.
    brain : dict, optional
        Arguments of the Brain in this stage, by name, such as a learning rate
        or a margin, in the place of those of `cluster_brain`.
    rows : callable
        Experiment -> the training utterances.
    cluster_brain : Blueprint
        Makes the Brain, with new networks, see `ClusterBrain`.
    pretrain_batch_size : int
        Utterances in a batch.
    pretrain_validation_share : float
        Share of the audio that is held out for monitors and probes.
    balance : str, optional
        A column of the manifest, see `pretrain`.
    num_workers : int
        Processes that read audio; a few help a GPU.
    tensorboard : bool
        Whether event files for TensorBoard are written too.
    select : str
        Which epoch is kept, see `pretrain`.
    """
    folder = experiment.folder / name
    if (folder / CHECKPOINT).is_file():
        logger.info(f"{folder} is trained already")
        return
    path = experiment.folder / labels / LABELS
    experiment.taken([path])
    experiment.settings.trains(folder)
    weights = start and pretrained_weights(experiment, start, None)
    part = labelled_by_clusters(
        experiment.once(rows), read_labels(path), labels
    )
    run = PretrainingRun(
        experiment,
        folder,
        cluster_brain,
        pretrain_batch_size,
        pretrain_validation_share,
        balance,
        num_workers,
        tensorboard,
        select,
    )

    def more(train):
        return {"utterances": [row["ID"] for row in train], **(brain or {})}

    shown = current()
    with shown.work(name):
        run.train(part, epochs, least_steps, weights, COLUMN, more=more)
    shown.result = losses(shown.losses)
    free_trained()
