"""Stage `embed`: one embedding of each training utterance, as a whole."""

from speechbrain.utils.distributed import run_on_main
from speechbrain.utils.logger import get_logger

from sb_contrastive.device import run_device
from sb_contrastive.encoders.weights import load_weights
from sb_contrastive.evaluation.embeddings.over_ranks import embed_over_ranks
from sb_contrastive.evaluation.embeddings.stored.file import write_embeddings
from sb_contrastive.experiment.schema import stages_before
from sb_contrastive.experiment.signatures import checked_by
from sb_contrastive.ranges import Count, Positive
from sb_contrastive.rows.few import few_rows
from sb_contrastive.rows.speakers import training_rows
from sb_contrastive.systems.folders import pretrained_weights

logger = get_logger(__name__)

EMBEDDINGS = "embeddings.npz"  # in the folder of the stage


def check_embed(
    experiment,
    name,
    /,
    start: str | None,
    rows=training_rows,
    *,
    stages: list[str],
):
    """Prepare the audio, and refuse an encoder that is not there.

    Arguments
    ---------
    experiment, name, start, rows
        See `embed`.
    stages : list of str
        The stages of this call.
    """
    before = stages_before(stages, name)
    if start is not None and start not in before:
        pretrained_weights(experiment, start, None)
    experiment.once(rows)


@checked_by(check_embed)
def embed(
    experiment,
    name,
    /,
    start: str | None,
    batch_size: Count = 32,
    max_seconds: Positive = 120.0,
    rows=training_rows,
):
    """Embed all training utterances, whole and without augmentation, and keep
    them in `embeddings.npz` of the stage's folder.

    Utterances of one length share a pass. Of several processes each takes a
    share of the passes.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    name : str
        Name of the stage, and of its folder.
    start : str or None
        The stage that has left the encoder, or a place outside the experiment,
        see `weights_elsewhere`; None: random weights.
    batch_size : int
        Utterances in a pass, at most.
    max_seconds : float
        Longest window: of an utterance that is longer, the mean of several.
    rows : callable
        Experiment -> the training utterances; by default none of a speaker or
        file in the trials.
    """
    path = experiment.folder / name / EMBEDDINGS
    if path.is_file():
        logger.info(f"{path} is there already")
        return
    found = experiment.once(rows)
    if experiment.debug:
        found = few_rows(found)
    experiment.settings.trains(path.parent)
    encoder = experiment.build("encoder")["encoder"]
    if start is not None:
        weights = pretrained_weights(experiment, start, None)
        logger.info(f"{name}: {load_weights(encoder, weights)}")
    device = run_device(experiment.run_opts)
    z = embed_over_ranks(
        encoder.to(device),
        found,
        device,
        max_seconds=max_seconds,
        batch_size=batch_size,
    )
    ids, wavs = ([row[key] for row in found] for key in ("ID", "wav"))
    run_on_main(write_embeddings, args=[path, ids, wavs, [z]])
