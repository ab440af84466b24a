"""The command `calibrate`: its arguments, and what it prints."""

import shutil
from pathlib import Path

import numpy as np

from sb_contrastive.command_line.options import (
    add_audio_arguments,
    add_bad_audio_argument,
    add_model_arguments,
)
from sb_contrastive.data.trials.trial_sets import find_trial_sets, list_names
from sb_contrastive.evaluation.verification.calibration import (
    cllr,
    fit_trials,
    fit_unlabelled,
    min_cllr,
)
from sb_contrastive.evaluation.verification.calibration.affine import (
    prior_log_odds,
)
from sb_contrastive.evaluation.verification.scores.trial_scores import (
    score_trial_sets,
)
from sb_contrastive.export.atomic_folder import atomic_folder
from sb_contrastive.export.calibrated import write_calibration
from sb_contrastive.inference import load
from sb_contrastive.inference.preparation import prepare_rows
from sb_contrastive.inference.row_embeddings import embed_rows
from sb_contrastive.inference.sources import read_inputs
from sb_contrastive.models import FOLDER, model_folder
from sb_contrastive.process.leftovers import temporary_folder


def add_arguments(parser):
    """Add the arguments of this command to its parser."""
    add_model_arguments(parser)
    parser.add_argument(
        "sources",
        nargs="*",
        metavar="AUDIO",
        help="audio files, folders of audio, manifests; with --trials those "
        "that hold the files of the lists, if they do not lie beside the lists",
    )
    parser.add_argument(
        "--trials",
        nargs="+",
        default=[],
        metavar="LIST",
        help="labelled trials to fit to, `1 enrol test` a line",
    )
    parser.add_argument("--trials_folder", help="where names of trials begin")
    parser.add_argument(
        "--data_root", help="what $data_root stands for in manifests"
    )
    parser.add_argument(
        "--prior",
        type=float,
        default=0.5,
        metavar="P",
        help="how probable one speaker is before anything is heard, between 0 "
        "and 1: the threshold is where both answers are equally probable; a "
        "smaller one accepts less (default: %(default)s)",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FOLDER",
        help="write a calibrated copy of the model there (default: into MODEL "
        "itself)",
    )
    add_bad_audio_argument(parser)
    add_audio_arguments(parser)


def run(options):
    """Calibrate the model that the options name."""
    prior_log_odds(options.prior)
    if not options.sources and not options.trials:
        raise ValueError(
            "name recordings to calibrate with, such as a folder, or --trials"
        )
    place = _place(options)
    rows = read_inputs(options.sources, options.data_root)
    model = load(options.model, options.device, options.trust)
    if not model.is_as_measured(trim_silence_db=options.trim_silence_db):
        raise ValueError(
            "a calibration holds for recordings whose silence is cut as in "
            "training: leave --trim_silence_db out"
        )
    with temporary_folder() as converted:

        def check(rows):
            return prepare_rows(rows, model, converted, options.on_bad_audio)

        fit = _by_trials if options.trials else _without_labels
        calibration, source = fit(options, model, rows, check)
    if options.output:
        with atomic_folder(place.resolve()) as new:
            shutil.copytree(
                model_folder(options.model), new, dirs_exist_ok=True
            )
            write_calibration(new, calibration, options.prior, source)
    else:
        write_calibration(place, calibration, options.prior, source)
    print(
        f"{place}: threshold {calibration.threshold(options.prior):.4f} "
        f"at a prior of {options.prior:g}; log-likelihood ratio = "
        f"{calibration.scale:.4g} x cosine {calibration.offset:+.4g}"
    )


def _place(options):
    """Return the folder to write to, if there is one that may be written to."""
    if not options.output:
        folder = model_folder(options.model)
        if folder.parent == FOLDER:
            raise ValueError(
                f"{options.model} comes with the package: name a folder for a "
                f"calibrated copy with --output"
            )
        return folder
    place = Path(options.output)
    if place.exists():
        raise ValueError(
            f"--output {place} is there already: name a new folder"
        )
    return place


def _without_labels(options, model, rows, check):
    """Fit two Gaussians to pairs of recordings, and say what they look like."""
    rows = check(rows)
    z = np.concatenate([z for _, z in embed_rows(model, rows)])
    found = fit_unlabelled(z, [row["wav"] for row in rows])
    print(
        f"{found.recordings} recordings without labels: {found.share:.1%} of "
        f"their pairs seem to be of one speaker; the two kinds of pairs are "
        f"{found.separation:.1f} standard deviations apart, which foretells an "
        f"EER of {found.error:.1%}"
    )
    return found.calibration, f"{found.recordings} recordings without labels"


def _by_trials(options, model, rows, check):
    """Fit a logistic regression to all lists, and say what it costs on them."""
    lists = list_names(options.trials)
    sets = find_trial_sets(lists, rows, options.trials_folder, check)
    scores = score_trial_sets(
        model.encoder, sets, {"": {}}, device=model.device, progressbar=True
    )[""]
    scores = np.concatenate([scores[name] for name in sets])
    labels = np.concatenate([s.trials.labels for s in sets.values()])
    found = fit_trials(scores, labels)
    sides = scores[labels], scores[~labels]
    print(
        f"{len(labels)} trials: Cllr {cllr(*map(found.llr, sides)):.3f} on those "
        f"that it was fitted to, and {min_cllr(*sides):.3f} at the least"
    )
    return found, f"the trials of {', '.join(lists)}"
