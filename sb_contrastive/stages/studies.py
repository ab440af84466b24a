"""Stages `runs` and `answers`: executes many experiments, and compares what they have found."""

from pathlib import Path

from speechbrain.utils.distributed import main_process_only
from speechbrain.utils.logger import get_logger

from sb_contrastive.data.channel_notice import NOTE as CHANNEL_NOTE
from sb_contrastive.data.channel_notice import has_simulated_channels
from sb_contrastive.data.oracle_notice import NOTE as ORACLE_NOTE
from sb_contrastive.data.oracle_notice import is_oracle
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
from sb_contrastive.study.answers import (
    answer_all,
    check_questions,
    kind_of,
)
from sb_contrastive.study.answers.choices import choices_markdown
from sb_contrastive.study.answers.systems import baseline
from sb_contrastive.study.choice import all_choices
from sb_contrastive.study.execution import run_all
from sb_contrastive.study.plan import needed_by, plan_runs
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
    chosen = runs if only is None else needed_by(only, runs)
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
    check_questions(questions, runs)


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
    question in `answers.md`, their figures in `results.json`, a plot each; and
    what was chosen without labels.

    Arguments
    ---------
    experiment : Experiment
        The study.
    name : str
        Name of the stage.
    questions : dict of str to dict
        Name of a plot -> `title`, and what is asked: `systems` and `against`,
        with `measure` UA, EER or NMI, or `ranks` over other questions, see
        `sb_contrastive.study.answers`.
    study, seeds, common, script
        See `execute_runs`.
    note : str
        A line below every plot.
    """
    runs = planned(
        experiment, study=study, seeds=seeds, common=common, script=script
    )
    found, sections, metrics = answer_all(questions, runs), [], {}
    for key, question in questions.items():
        if not found[key]:
            continue
        kind, title = kind_of(question), question["title"]
        compared = {}
        if "systems" in question:
            compared = {
                "against": baseline(question),
                "systems": dict(question["systems"]),
            }
        sections.append(
            kind.markdown(title, found[key], compared.get("against"))
        )
        metrics[key] = {"title": title, **compared, kind.KEY: found[key]}
        picture = experiment.folder / "plots" / f"{key}.png"
        kind.draw(found[key], picture, title, note)
    choices = all_choices(runs)
    if choices:
        sections.append(choices_markdown(choices))
    oracle = any(is_oracle(run.folder) for run in runs)
    channels = any(has_simulated_channels(run.folder) for run in runs)
    notes = [ORACLE_NOTE] * oracle + [CHANNEL_NOTE] * channels
    text = "\n\n".join(notes + sections) + "\n"
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
        **({"simulated_channels": True} if channels else {}),
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
        more={"choices": choices} if choices else {},
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
