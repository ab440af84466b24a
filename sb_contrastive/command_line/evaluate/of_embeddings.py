"""Prepares what `evaluate` scores, where the embeddings are there already."""

import contextlib

from sb_contrastive.command_line.evaluate.scored import Scored
from sb_contrastive.data.trials.trial_sets import find_trial_sets
from sb_contrastive.evaluation.embeddings.stored.collection import (
    check_origins,
    read_stored,
)
from sb_contrastive.evaluation.embeddings.stored.origin import weights_digest
from sb_contrastive.evaluation.verification.scores.trial_scores import (
    choose_cohort,
    look_up,
)
from sb_contrastive.inference import load

# Options about audio, which is not read: what each is when nobody gives it
OF_AUDIO = {
    "manifest": [],
    "trials_folder": None,
    "data_root": None,
    "segments": "full",
    "trim_silence_db": None,
    "on_bad_audio": "stop",
}
MEND = "`embed` that file too, and give --embeddings all files of embeddings"


@contextlib.contextmanager
def of_embeddings(options, lists, seed):
    """Find the embeddings of the lists and of the cohort. A model is loaded only
    where one is named, for its calibration.

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

    Raises
    ------
    ValueError
        When options speak of audio, the model is not the one that has made the
        embeddings, or they do not go together, see `read_stored`.
    """
    for name, default in OF_AUDIO.items():
        if getattr(options, name) != default:
            raise ValueError(
                f"--{name} is about audio, and --embeddings are made already: "
                f"leave --{name} out, or give it to `embed`"
            )
    stored = read_stored([*options.embeddings, *options.cohort])

    def rows_of(paths):
        paths = dict.fromkeys(map(str, paths))
        rows = [row for path in paths for row in stored.rows[path]]
        # An utterance of two files has two embeddings that are alike
        return list({(row["ID"], row["wav"]): row for row in rows}.values())

    sets = find_trial_sets(
        lists, rows_of(options.embeddings), kind="embedding", mend=MEND
    )
    yield Scored(
        name=options.model or ", ".join(options.embeddings),
        sets=sets,
        cohort=choose_cohort(rows_of(options.cohort), seed),
        encoder=stored,
        embed=look_up,
        segments=stored.origin.get("segments", "full"),
        calibration=_calibration(options, stored.origin),
        device="cpu",
    )


def _calibration(options, origin):
    """Return the calibration of the model, if its encoder made the embeddings."""
    if options.model is None:
        return None
    if "encoder" not in origin:
        raise ValueError(
            f"the files of --embeddings do not all say which encoder has made "
            f"them, so nobody knows whether the calibration of {options.model} "
            f"fits: leave {options.model} out, or `embed` again"
        )
    model = load(options.model, options.device, options.trust)
    own = {"encoder": weights_digest(model.encoder)}
    check_origins(own, origin, options.model, options.embeddings[0])
    as_measured = model.is_as_measured(
        origin["segments"], origin["trim_silence_db"]
    )
    return model.calibration if as_measured else None
