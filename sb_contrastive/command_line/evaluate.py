"""Scores trial lists: EER and minDCF, with intervals over speakers.

A list holds lines such as `1 enrol.wav test.wav`. Its files are sought in
--manifest, else below --trials_folder, else beside the list.
"""

import tempfile
from pathlib import Path

from sb_contrastive.command_line.inputs import (
    add_audio_arguments,
    checked,
    read_inputs,
)
from sb_contrastive.command_line.model import add_model_arguments, load_encoder
from sb_contrastive.data.trials.trial_audio import trial_rows, trial_speakers
from sb_contrastive.data.trials.trial_list import read_trials
from sb_contrastive.evaluation.verification.outputs import (
    verification_reports,
    write_verification,
)
from sb_contrastive.evaluation.verification.segments import parse_segments
from sb_contrastive.evaluation.verification.table import verification_table
from sb_contrastive.evaluation.verification.trial_sets import (
    TrialSet,
    cohort,
    score_trial_sets,
)
from sb_contrastive.synthetic.wave_files import is_synthetic

SEED = 1986  # of the intervals, and of the choice of a cohort
COHORT = 3000  # utterances for a mean or AS-norm


def add_arguments(parser):
    """Adds the arguments of this command to its parser."""
    add_model_arguments(parser)
    parser.add_argument(
        "--trials",
        nargs="+",
        required=True,
        metavar="LIST",
        help="text files, `1 enrol test` or `enrol test target` a line",
    )
    parser.add_argument(
        "--manifest",
        nargs="+",
        default=[],
        metavar="AUDIO",
        help="manifests or folders that hold the files of the lists",
    )
    parser.add_argument("--trials_folder", help="where the names begin")
    parser.add_argument(
        "--data_root", help="what $data_root stands for in manifests"
    )
    parser.add_argument(
        "--segments", default="full", help="full, or e.g. 10x3.5s_pairwise"
    )
    parser.add_argument(
        "--cohort",
        nargs="+",
        default=[],
        metavar="AUDIO",
        help="manifests or folders of other speakers, for --mean and --norm_top",
    )
    parser.add_argument(
        "--mean",
        action="store_true",
        help="subtract the mean embedding of the cohort",
    )
    parser.add_argument(
        "--norm_top", type=int, metavar="N", help="AS-norm with N of the cohort"
    )
    parser.add_argument(
        "-o",
        "--output_folder",
        help="also leave results.json, DET curves and score histograms there",
    )
    add_audio_arguments(parser)


def run(options):
    """Scores the lists that the options name."""
    parse_segments(options.segments)
    if bool(options.cohort) != bool(options.mean or options.norm_top):
        raise ValueError(
            "--mean and --norm_top need the utterances of a --cohort, and a "
            "--cohort one of them"
        )
    rows = read_inputs(options.manifest, options.data_root)
    lists = {Path(name).stem: Path(name) for name in options.trials}
    if len(lists) < len(options.trials):
        raise ValueError(
            "two trial lists have the same name, which is that of their "
            "results: rename one"
        )
    encoder, device, rate = load_encoder(options.model, options.device)
    scoring = {
        "segments": options.segments,
        "mean": options.mean,
        "norm_top": options.norm_top,
    }
    with tempfile.TemporaryDirectory() as converted:
        sets = _trial_sets(lists, rows, options, rate, converted)
        others = read_inputs(options.cohort, options.data_root)
        others = cohort(others, COHORT, SEED)
        if others:
            others = checked(others, options, rate, converted)
        scores = score_trial_sets(
            encoder, sets, {"cosine": scoring}, others, device, progressbar=True
        )
    if options.output_folder is None:
        reports = verification_reports(sets, scores, SEED)
        print(f"\n{verification_table(reports)}\n")
    else:
        protocol = {
            "corpus": ", ".join(map(str, lists.values())),
            "model": options.model,
            "selection": "none: the model as it is",
            "scoring": {"cosine": scoring},
            "synthetic": any(map(_is_synthetic, lists.values())),
        }
        results = write_verification(
            options.output_folder,
            sets,
            scores,
            experiment=Path(options.model).name,
            seed=SEED,
            protocol=protocol,
            speed={},
        )
        reports = results["metrics"]
    for name, systems in reports.items():
        threshold = systems["cosine"]["EER_threshold"]
        print(f"{name}: threshold of equal error rate {threshold:.4f}")


def _trial_sets(lists, rows, options, rate, converted):
    """Reads the lists and checks each of their files once."""
    found = {}
    for name, path in lists.items():
        trials = read_trials(path)
        folder = options.trials_folder
        if folder is None and not rows:
            folder = path.parent
        found[name] = (trials, trial_rows(trials, rows, folder))
    # Lists may share utterances, or use one name for different ones
    every = {_span(row): row for _, given in found.values() for row in given}
    rows = [
        {**r, "ID": f"{i}--{r['ID']}"} for i, r in enumerate(every.values())
    ]
    good = dict(zip(every, checked(rows, options, rate, converted)))
    sets = {}
    for name, (trials, given) in found.items():
        given = [good[_span(row)] for row in given]
        sets[name] = TrialSet(trials, given, trial_speakers(trials, given))
    return sets


def _span(row):
    return row["wav"], row["start"], row["stop"]


def _is_synthetic(path):
    """Whether a trial list is that of a corpus that the package has written."""
    return any(is_synthetic(str(folder)) for folder in path.absolute().parents)
