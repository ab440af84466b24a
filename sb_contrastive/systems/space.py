"""What training has made of the embedding space, on the test part of each fold."""

import json
from collections import Counter

import torch
from speechbrain.utils.distributed import main_process_only
from speechbrain.utils.logger import get_logger

from sb_contrastive.data.folds.folds import split_fold
from sb_contrastive.evaluation import plots
from sb_contrastive.evaluation.embeddings.embed import embed
from sb_contrastive.evaluation.embeddings.space import space_report
from sb_contrastive.files import write_atomically
from sb_contrastive.stages.corpus import labelled_rows
from sb_contrastive.stages.folders import (
    fractions,
    pretrained_weights,
    system_folder,
)
from sb_contrastive.weights_file import weights_from

logger = get_logger(__name__)

SPACE = "space.json"


@main_process_only
def measure_spaces(experiment, name, systems):
    """Measures the spaces of systems whose steps do not do so themselves, such
    as a baseline by cross-entropy: `space.json` and a map in the step's folder.

    Arguments
    ---------
    experiment : Experiment
        Its systems have been cross-validated.
    name : str
        Name of the stage.
    systems : dict of str to str
        System -> its last training step. One that has not run is left out,
        with a warning.
    """
    hparams, rows = experiment.hparams, labelled_rows(experiment)
    for fraction in fractions(hparams):
        for system, step in systems.items():
            folder = system_folder(experiment, system, fraction)
            found = sorted(folder.glob(f"fold_*/{step}/model.ckpt"))
            if not found:
                logger.warning(f"{system} has not run: no space to measure")
            for weights in found:
                if (weights.parent / SPACE).is_file():
                    continue
                fold = weights.parent.parent.name.removeprefix("fold_")
                test = split_fold(rows, fold, hparams["validation"])[2]
                test = measurable(test, "test part")
                start = hparams[system].keywords["start"]
                start = start and pretrained_weights(experiment, start, fold)
                if test:
                    write_space(
                        weights.parent,
                        _embeddings(experiment, test, start),
                        _embeddings(experiment, test, weights, "encoder."),
                        [row["label"] for row in test],
                    )


def write_space(folder, before, after, labels):
    """Leaves the measures of a space before and after a step, and a map of both.

    Arguments
    ---------
    folder : pathlib.Path
        That of the step.
    before, after : torch.Tensor
        Embeddings [N, D].
    labels : list of str
        N classes.
    """
    spaces = {"before": before, "after": after}
    plots.space_change(spaces, labels, folder / "space.png")
    measured = {when: space_report(z, labels) for when, z in spaces.items()}
    write_atomically(
        folder / SPACE, lambda path: path.write_text(json.dumps(measured))
    )


def measurable(rows, part):
    """The rows by which a space can be judged: of classes that have two.

    Arguments
    ---------
    rows : list of dict
        Manifest rows.
    part : str
        What they are, for a warning about those left out.

    Returns
    -------
    list of dict
        None where fewer than two classes are left.

    Example
    -------
    >>> rows = [{"ID": i, "label": label} for i, label in enumerate("aabbc")]
    >>> [row["ID"] for row in measurable(rows, "test part")]
    [0, 1, 2, 3]
    """
    counts = Counter(row["label"] for row in rows)
    kept = {name for name, count in counts.items() if count > 1}
    if len(kept) < 2:
        logger.warning(f"The space of the {part} cannot be measured: {counts}")
        return []
    alone = sorted(set(counts) - kept)
    if alone:
        logger.warning(
            f"One utterance in the {part}, left out of the measures of its "
            f"space: {', '.join(alone)}"
        )
    return [row for row in rows if row["label"] in kept]


def _embeddings(experiment, rows, weights, prefix=""):
    """Embeddings [N, D] by the experiment's encoder, with weights of a file
    whose names begin so, or random ones."""
    encoder = experiment.load()["encoder"]
    if weights is not None:
        with weights_from(weights) as state:
            encoder.load_state_dict(
                {
                    key.removeprefix(prefix): value
                    for key, value in state.items()
                    if key.startswith(prefix)
                }
            )
    return torch.from_numpy(embed(encoder, rows))
