"""Prepares what `evaluate` scores, where a model embeds the audio of the trials."""

import contextlib

from sb_contrastive.command_line.evaluate.scored import Scored
from sb_contrastive.data.trials.trial_sets import find_trial_sets
from sb_contrastive.evaluation.verification.scores.trial_scores import (
    choose_cohort,
)
from sb_contrastive.inference import load
from sb_contrastive.inference.preparation import prepare_rows
from sb_contrastive.inference.sources import read_inputs
from sb_contrastive.process.leftovers import temporary_folder


@contextlib.contextmanager
def of_audio(options, lists, seed):
    """Find the audio of the lists and of the cohort, and load the model.

    Arguments
    ---------
    options : argparse.Namespace
        Of the command.
    lists : dict of str to pathlib.Path
        The trial lists.
    seed : int
        Of the choice of a cohort.

    Yields
    ------
    Scored
    """
    rows = read_inputs(options.manifest, options.data_root)
    model = load(options.model, options.device, options.trust)
    with temporary_folder() as converted:

        def check(rows):
            return prepare_rows(
                rows,
                model,
                converted,
                options.on_bad_audio,
                options.trim_silence_db,
            )

        sets = find_trial_sets(lists, rows, options.trials_folder, check)
        others = read_inputs(options.cohort, options.data_root)
        others = choose_cohort(others, seed)
        as_measured = model.is_as_measured(
            options.segments, options.trim_silence_db
        )
        yield Scored(
            name=options.model,
            sets=sets,
            cohort=check(others) if others else (),
            encoder=model.encoder,
            embed=None,
            segments=options.segments,
            calibration=model.calibration if as_measured else None,
            device=model.device,
        )
