"""Stage `measure_spaces`: the embedding spaces of systems before and after training, on the test part of each fold."""

import torch
from speechbrain.utils.distributed import main_process_only
from speechbrain.utils.logger import get_logger

from sb_contrastive.encoders.weights import load_weights
from sb_contrastive.evaluation.embeddings.embed import embed
from sb_contrastive.experiment.signatures import checked_by
from sb_contrastive.systems.space import SPACE, measurable, write_space

logger = get_logger(__name__)


def check_spaces(experiment, name, /, systems: list[str]):
    """Refuse systems that are not there, see `measure_spaces`."""
    for system in systems:
        experiment.system(system)


@checked_by(check_spaces)
@main_process_only
def measure_spaces(experiment, name, /, systems: list[str]):
    """Measure the spaces of systems whose steps do not do so themselves, such
    as a baseline by cross-entropy: `space.json` and a map in the folder of the
    last step.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    name : str
        Name of the stage.
    systems : list of str
        Systems by name. One that has not run is left out, with a warning.
    """
    for system in map(experiment.system, systems):
        for fraction in system.fractions:
            folds = system.finished(fraction)
            if not folds:
                logger.warning(
                    f"{system.name} has not run: no space to measure"
                )
            for fold in folds:
                weights = system.weights(fraction, fold)
                if (weights.parent / SPACE).is_file():
                    continue
                test = measurable(system.part(fraction, fold).test, "test part")
                if test:
                    start = system.pretrained(fraction, fold)
                    write_space(
                        weights.parent,
                        _embeddings(experiment, test, start),
                        _embeddings(experiment, test, weights),
                        [row["label"] for row in test],
                    )


def _embeddings(experiment, rows, weights):
    """Embed rows [N, D] by the experiment's encoder, with the weights of a file, or
    with random ones."""
    encoder = experiment.build("encoder")["encoder"]
    if weights is not None:
        load_weights(encoder, weights)
    return torch.from_numpy(embed(encoder, rows))
