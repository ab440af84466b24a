"""What a verification run leaves: a table, results.json, DET curves and score histograms."""

import shlex
import sys
from pathlib import Path

from sb_contrastive.evaluation import plots
from sb_contrastive.evaluation.corpus_note import corpus_note
from sb_contrastive.evaluation.package_versions import versions
from sb_contrastive.evaluation.results_file import write_results
from sb_contrastive.evaluation.verification.report import verification_report
from sb_contrastive.evaluation.verification.table import verification_table


def verification_reports(sets, scores, seed):
    """Judges every system by every trial list.

    Arguments
    ---------
    sets, scores, seed
        As for `write_verification`.

    Returns
    -------
    dict
        {trial list: {title of a system: report}}, see `verification_report`.
    """
    return {
        trials: {
            title: verification_report(
                found[trials], given.trials, given.speakers, seed=seed
            )
            for title, found in scores.items()
        }
        for trials, given in sets.items()
    }


def write_verification(folder, sets, scores, experiment, seed, protocol, speed):
    """Prints the table of a verification run and writes `results.json` and, in
    `plots/`, a DET curve and a score histogram for each trial list.

    Arguments
    ---------
    folder : str or Path
        Output folder.
    sets : dict of str to TrialSet
        Trial lists by name.
    scores : dict of str to dict
        {title of a system: {trial list: scores}}.
    experiment : str
        Its name.
    seed : int
        That of the experiment, also that of the intervals.
    protocol : dict
        How the numbers came about; at least `corpus` and `synthetic`.
    speed : dict
        What `TrainingBrain.speed` returns; empty when nothing was trained.

    Returns
    -------
    dict
        What results.json holds.
    """
    reports = verification_reports(sets, scores, seed)
    note = corpus_note(protocol["corpus"], protocol["synthetic"])
    print(f"\n{note}\n\n{verification_table(reports)}\n")
    results = {
        "experiment": experiment,
        "task": "speaker verification",
        "seed": seed,
        "command": shlex.join(["python", *sys.argv]),
        "protocol": protocol,
        "metrics": reports,
        **speed,
        "versions": versions(),
    }
    write_results(Path(folder) / "results.json", results)
    pictures = Path(folder) / "plots"
    pictures.mkdir(parents=True, exist_ok=True)
    for trials, given in sets.items():
        labels = given.trials.labels
        sides = {
            title: (found[trials][labels], found[trials][~labels])
            for title, found in scores.items()
        }
        plots.det_curve(sides, pictures / f"det_{trials}.png", trials, note)
        plots.score_histogram(
            sides, pictures / f"scores_{trials}.png", trials, note
        )
    return results
