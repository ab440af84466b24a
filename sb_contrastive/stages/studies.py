"""Stages `runs` and `answers`: executes many experiments, and compares what they have found."""

from pathlib import Path

from speechbrain.utils.distributed import main_process_only
from speechbrain.utils.logger import get_logger

from sb_contrastive.data.oracle_notice import NOTE as ORACLE_NOTE
from sb_contrastive.data.oracle_notice import is_oracle
from sb_contrastive.evaluation import plots
from sb_contrastive.evaluation.results_file import run_results, write_results
from sb_contrastive.experiment.annotations import Common, Runs
from sb_contrastive.experiment.overriding.run_options import (
    as_words,
    given_options,
)
from sb_contrastive.experiment.signatures import checked_by
from sb_contrastive.files import write_atomically
from sb_contrastive.ranges import Count
from sb_contrastive.rows.built_in import SYNTHETIC, corpus_name
from sb_contrastive.study.answers import answer, check_question, markdown
from sb_contrastive.study.execution import run_all
from sb_contrastive.study.plan import plan_runs
from sb_contrastive.suggestions import did_you_mean

logger = get_logger(__name__)


def check_runs(
    experiment,
    name,
    /,
    *,
    study: Runs,
    seeds: list[int],
    common: Common | None = None,
    script: str = "train.py",
    only: list[str] | None = None,
):
    """Refuse a study that cannot be planned, see `execute_runs`."""
    runs = planned(
        experiment, study=study, seeds=seeds, common=common, script=script
    )
    known = {run.name for run in runs}
    for wanted in only or ():
        if wanted not in known:
            raise ValueError(
                f"the study has no run {wanted!r}{did_you_mean(wanted, known)}"
            )


@checked_by(check_runs)
@main_process_only  # each run is a process, or several, of its own
def execute_runs(
    experiment,
    name,
    /,
    *,
    study: Runs,
    seeds: list[int],
    common: Common | None = None,
    script: str = "train.py",
    jobs: Count = 1,
    job_devices: list[str] | None = None,
    only: list[str] | None = None,
):
    """Execute the runs of a study with every seed; those that have finished
    are passed over.

    Arguments
    ---------
    experiment : Experiment
        The study.
    name : str
        Name of the stage, and of the folder of all runs.
    study : dict
        The runs by name, see `plan_runs`.
    seeds : list of int
        Of the runs: systems are paired by them.
    common : dict, optional
        Values of all runs that have them.
    script : str
        The script that runs an experiment.
    jobs : int
        Runs at a time.
    job_devices : list of str, optional
        One run at a time on each of these devices.
    only : list of str, optional
        Names of runs; the others are left for later.
    """
    runs = planned(
        experiment, study=study, seeds=seeds, common=common, script=script
    )
    chosen = [run for run in runs if only is None or run.name in only]
    needed = {folder for run in chosen for folder in run.needs}
    chosen = [r for r in runs if r in chosen or r.folder in needed]
    logger.info(f"{len(chosen)} runs, {jobs} at a time, in {experiment.folder}")
    run_all(
        chosen,
        jobs,
        job_devices,
        progressbar=not (experiment.run_opts or {}).get("noprogressbar"),
    )


def check_answers(
    experiment,
    name,
    /,
    questions: dict,
    *,
    study: Runs,
    seeds: list[int],
    common: Common | None = None,
    script: str = "train.py",
):
    """Refuse questions about runs that there are not, see `answer_questions`."""
    runs = planned(
        experiment, study=study, seeds=seeds, common=common, script=script
    )
    for question in questions.values():
        check_question(question, runs)


@checked_by(check_answers)
@main_process_only
def answer_questions(
    experiment,
    name,
    /,
    questions: dict,
    *,
    study: Runs,
    seeds: list[int],
    common: Common | None = None,
    script: str = "train.py",
    note: str = "",
):
    """Compare the systems that the runs have trained: a table for each
    question in `answers.md`, their figures in `results.json`, a plot each.

    Arguments
    ---------
    experiment : Experiment
        The study.
    name : str
        Name of the stage.
    questions : dict of str to dict
        Name of a plot -> `title`, and the options of `answer`.
    study, seeds, common, script
        See `execute_runs`.
    note : str
        A line below every plot.
    """
    found, metrics = {}, {}
    runs = planned(
        experiment, study=study, seeds=seeds, common=common, script=script
    )
    sections = []
    for key, question in questions.items():
        found[key] = answer(question, runs)
        if not found[key]:
            continue
        against = question.get("against", next(iter(question["systems"])))
        sections.append(markdown(question["title"], found[key], against))
        metrics[key] = {
            "title": question["title"],
            "against": against,
            "systems": dict(question["systems"]),
            "labels": found[key],
        }
        plots.system_comparison(
            found[key],
            experiment.folder / "plots" / f"{key}.png",
            question["title"],
            note=f"dots: seeds; bars: their means; {note}",
        )
    oracle = any(is_oracle(run.folder) for run in runs)
    text = "\n\n".join([ORACLE_NOTE] * oracle + sections) + "\n"
    write_atomically(
        experiment.folder / "answers.md",
        lambda path: path.write_text(text, encoding="utf-8"),
    )
    corpus = corpus_name(*map((common or {}).get, ("manifest", "data_folder")))
    protocol = {
        "corpus": corpus,
        "synthetic": corpus == SYNTHETIC,
        **({"debug": True} if experiment.debug else {}),
        **({"oracle": True} if oracle else {}),
        "seeds": seeds,
        **({"note": note} if note else {}),
    }
    results = run_results(
        "study",
        experiment.hparams["experiment"],
        experiment.seed,
        protocol,
        metrics,
        speed={},
    )
    write_results(experiment.folder / "results.json", results)
    print(text)
    logger.info(f"Answers and plots are in {experiment.folder}")


def planned(
    experiment,
    *,
    study: Runs,
    seeds: list[int],
    common: Common | None = None,
    script: str = "train.py",
):
    """Plan the runs of a study.

    Arguments
    ---------
    experiment : Experiment
        The study.
    study, seeds, common, script
        See `execute_runs`.

    Returns
    -------
    list of Run
    """
    given = given_options(experiment.run_opts)
    # The study's own; runs are told by `common`
    own = {"noprogressbar", *experiment.hparams}
    return plan_runs(
        study,
        seeds,
        experiment.folder / "runs",
        script=Path(script),
        hparams=experiment.hparams_file.parent,
        common=common,
        options=as_words({k: v for k, v in given.items() if k not in own}),
    )
