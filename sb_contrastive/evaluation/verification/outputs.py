"""Outputs of a verification run: a table, results.json, DET curves and score histograms."""

from pathlib import Path

from sb_contrastive.evaluation import plots
from sb_contrastive.evaluation.corpus_note import corpus_title, protocol_note
from sb_contrastive.evaluation.results_file import run_results, write_results
from sb_contrastive.evaluation.verification.report import verification_report
from sb_contrastive.evaluation.verification.shown.trial_summary import (
    write_trial_summary,
)
from sb_contrastive.evaluation.verification.table import verification_table


def write_verification(
    folder,
    sets,
    scores,
    experiment,
    seed,
    protocol,
    speed,
    more=None,
    calibrations=None,
):
    """Prints the table of a verification run and writes `results.json` and, in
    `plots/`, a DET curve, a score histogram and what they show as JSON for each
    trial list.

    Arguments
    ---------
    folder : str or Path or None
        Output folder; None only prints the table.
    sets : dict of str to TrialSet
        Trial lists by name.
    scores : dict of str to dict
        {title of a system: {trial list: scores}}.
    experiment : str
        Name of the experiment.
    seed : int
        Seed of the experiment and of the intervals.
    protocol : dict
        Facts about how the numbers came about; at least `corpus` and
        `synthetic`.
    speed : dict
        The figures of `TrainingBrain.speed`; empty when nothing was trained.
    more : dict, optional
        More entries of results.json.
    calibrations : dict, optional
        {title of a system: the `Calibration` of its scores}.

    Returns
    -------
    dict
        The content of results.json; `metrics` is {trial list: {title:
        report}}, see `verification_report`.
    """
    reports = {
        trials: {
            title: verification_report(
                found[trials],
                given.trials,
                given.speakers,
                seed=seed,
                calibration=(calibrations or {}).get(title),
            )
            for title, found in scores.items()
        }
        for trials, given in sets.items()
    }
    note = protocol_note(protocol)
    print(f"\n{note}\n\n{verification_table(reports)}\n")
    task = "speaker verification"
    results = run_results(
        task, experiment, seed, protocol, reports, speed, more or {}
    )
    if folder is None:
        return results
    write_results(Path(folder) / "results.json", results)
    pictures = Path(folder) / "plots"
    pictures.mkdir(parents=True, exist_ok=True)
    for trials, given in sets.items():
        labels = given.trials.labels
        sides = {
            title: (found[trials][labels], found[trials][~labels])
            for title, found in scores.items()
        }
        write_trial_summary(
            pictures / f"trials_{trials}.json",
            given,
            {title: found[trials] for title, found in scores.items()},
        )
        title = f"{corpus_title(protocol['corpus'])}, list {trials}"
        plots.det_curve(sides, pictures / f"det_{trials}.png", title, note)
        plots.score_histogram(
            sides, pictures / f"scores_{trials}.png", title, note
        )
    return results
