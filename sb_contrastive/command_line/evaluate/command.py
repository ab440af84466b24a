"""The command `evaluate`: its arguments, and what it prints."""

from pathlib import Path

import numpy as np

from sb_contrastive.command_line.evaluate.of_audio import of_audio
from sb_contrastive.command_line.evaluate.of_embeddings import of_embeddings
from sb_contrastive.command_line.files.scores import write_scores
from sb_contrastive.command_line.options import (
    add_audio_arguments,
    add_bad_audio_argument,
    add_model_arguments,
)
from sb_contrastive.data.synthetic_notice import is_synthetic
from sb_contrastive.data.trials.trial_sets import list_names
from sb_contrastive.evaluation.verification.segments import parse_segments
from sb_contrastive.evaluation.verification.verify_encoders import (
    COSINE,
    verify_encoders,
)
from sb_contrastive.process.leftovers import temporary_folder
from sb_contrastive.report_page import write_page

SEED = 1986  # of the intervals and of the choice of a cohort


def add_arguments(parser):
    """Adds the arguments of this command to its parser."""
    add_model_arguments(parser, needed=False)
    parser.add_argument(
        "--embeddings",
        nargs="+",
        default=[],
        metavar="OUT.npz",
        help="files that `embed` has written with this model: no audio is read. "
        "Then --cohort names such files, too, and MODEL, if it is given, only "
        "its calibration",
    )
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
        help="also leave report.html, results.json, DET curves, histograms and "
        "scores/LIST.csv with the score of each trial there",
    )
    add_bad_audio_argument(parser)
    add_audio_arguments(parser)


def run(options):
    """Scores the lists that the options name."""
    parse_segments(options.segments)
    wanted = options.mean or options.norm_top is not None
    if bool(options.cohort) != wanted:
        raise ValueError(
            "--mean and --norm_top need the utterances of a --cohort, and a "
            "--cohort one of them"
        )
    if options.norm_top is not None and options.norm_top < 2:
        raise ValueError(
            f"--norm_top is how many of the cohort are used, at least 2, got "
            f"{options.norm_top}"
        )
    if options.output_folder and Path(options.output_folder).is_file():
        raise ValueError(
            f"--output_folder {options.output_folder} is a file: name a folder"
        )
    if options.model is None and not options.embeddings:
        raise ValueError(
            "name a MODEL that embeds the files of the trials, or --embeddings "
            "of them"
        )
    lists = list_names(options.trials)
    find = of_embeddings if options.embeddings else of_audio
    with (
        find(options, lists, SEED) as found,
        temporary_folder() as scores_folder,
    ):
        # A calibration is about plain cosines of whole files
        calibration = None if wanted else found.calibration
        results = verify_encoders(
            {"": lambda: found.encoder},
            found.sets,
            {
                COSINE: {
                    "segments": found.segments,
                    "mean": options.mean,
                    "norm_top": options.norm_top,
                }
            },
            experiment=Path(found.name).name,
            seed=SEED,
            corpus=list(lists.values()),
            protocol={
                "model": found.name,
                "selection": "none: the model as it is",
                "synthetic": any(map(_of_synthetic_corpus, lists.values())),
            },
            training=found.cohort,
            folder=options.output_folder,
            scores_folder=Path(scores_folder),
            device=found.device,
            calibrations={COSINE: calibration} if calibration else {},
            embed=found.embed,
        )
        if options.output_folder:
            place = Path(options.output_folder) / "scores"
            with np.load(Path(scores_folder) / f"{COSINE}.npz") as scores:
                for name, given in found.sets.items():
                    path = place / f"{name}.csv"
                    write_scores(path, given.trials, scores[name])
            write_page(options.output_folder)
    for name, systems in results["metrics"].items():
        threshold = systems[COSINE]["EER_threshold"]
        print(f"{name}: threshold of equal error rate {threshold:.4f}")


def _of_synthetic_corpus(path):
    """Tell whether a trial list lies in a synthetic corpus."""
    return any(map(is_synthetic, path.absolute().parents))
