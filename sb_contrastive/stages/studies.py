"""Stages `runs` and `answers`: executes many experiments, and compares what they have found."""

import json
from pathlib import Path

from speechbrain.utils.distributed import main_process_only
from speechbrain.utils.logger import get_logger

from sb_contrastive.evaluation import plots
from sb_contrastive.experiment.run_options import as_words, given_options
from sb_contrastive.files import write_atomically
from sb_contrastive.study.answers import answer, markdown
from sb_contrastive.study.execution import run_all
from sb_contrastive.study.plan import plan_runs
from sb_contrastive.suggestions import did_you_mean

logger = get_logger(__name__)


@main_process_only  # each run is a process, or several, of its own
def execute_runs(experiment, name):
    """Executes the runs of a study with every seed; those that have finished
    are passed over.

    Arguments
    ---------
    experiment : Experiment
        Its YAML gives `study`, `seeds` and `common`, see `plan_runs`; how many
        `jobs` at a time, or `job_devices` with one on each; in `only` the names
        of runs where others are left for later.
    name : str
        Name of the stage, and of the folder of all runs.
    """
    runs, hparams = planned(experiment), experiment.hparams
    jobs, only = hparams["jobs"], hparams["only"]
    known = {run.name for run in runs}
    for wanted in only or ():
        if wanted not in known:
            raise ValueError(
                f"the study has no run {wanted!r}{did_you_mean(wanted, known)}"
            )
    chosen = [run for run in runs if only is None or run.name in only]
    needed = {folder for run in chosen for folder in run.needs}
    chosen = [r for r in runs if r in chosen or r.folder in needed]
    logger.info(f"{len(chosen)} runs, {jobs} at a time, in {experiment.folder}")
    run_all(
        chosen,
        jobs,
        hparams["job_devices"],
        progressbar=not (experiment.run_opts or {}).get("noprogressbar"),
    )


@main_process_only
def answer_questions(experiment, name, questions):
    """Compares the systems that the runs have trained: a table for each
    question in `answers.md`, their figures in `results.json`, a plot each.

    Arguments
    ---------
    experiment : Experiment
        As for `execute_runs`.
    name : str
        Name of the stage.
    questions : dict of str to dict
        Name of its plot -> `title`, and what `answer` takes.
    """
    runs, found, sections = planned(experiment), {}, []
    for key, question in questions.items():
        found[key] = answer(question, runs)
        if not found[key]:
            continue
        against = question.get("against", next(iter(question["systems"])))
        sections.append(markdown(question["title"], found[key], against))
        plots.system_comparison(
            found[key],
            experiment.folder / "plots" / f"{key}.png",
            question["title"],
            note=f"dots: seeds; bars: their means; {experiment.hparams['note']}",
        )
    text = "\n\n".join(sections) + "\n"
    write_atomically(
        experiment.folder / "answers.md",
        lambda path: path.write_text(text, encoding="utf-8"),
    )
    write_atomically(
        experiment.folder / "results.json",
        lambda path: path.write_text(json.dumps(found, indent=2)),
    )
    print(text)
    logger.info(f"Answers and plots are in {experiment.folder}")


def planned(experiment):
    """The runs of a study.

    Arguments
    ---------
    experiment : Experiment
        Its YAML gives `study`, `seeds` and `common`.

    Returns
    -------
    list of Run
    """
    hparams, folder = experiment.hparams, experiment.hparams_file.parent
    given = given_options(experiment.run_opts)
    own = {"noprogressbar", *hparams}  # the study's; runs are told by `common`
    return plan_runs(
        hparams["study"],
        hparams["seeds"],
        experiment.folder / "runs",
        script=Path(hparams["script"]),
        hparams=folder,
        common=hparams["common"],
        options=as_words({k: v for k, v in given.items() if k not in own}),
    )
