"""Puts the sections of a run, or of several, together into a page."""

from sb_contrastive.report_page.rendering import render
from sb_contrastive.report_page.run_folder import RunFolder
from sb_contrastive.report_page.sections import (
    about,
    classes,
    comparison,
    listening,
    speakers,
    study,
)
from sb_contrastive.report_page.sections.confusions import confusions
from sb_contrastive.report_page.sections.curves import curves
from sb_contrastive.report_page.sections.space import space
from sb_contrastive.report_page.sections.unlike_settings import (
    unlike_settings,
)

PAGE = "report.html"

OPENING = {
    "classes": (classes.systems, classes.tables, confusions),
    "speakers": (speakers.systems, speakers.curves),
    "study": (study.leaderboard, study.questions, study.runs),
    "training": (),
}
HEADLINES = {
    "classes": classes.headline,
    "speakers": speakers.headline,
    "study": study.headline,
}
CLIPS = {
    "classes": listening.most_confused,
    "speakers": listening.nearest_strangers,
}


def write_page(folder, audio=True, output=None):
    """Writes the page of a run, from what lies in its folder.

    Arguments
    ---------
    folder : str or pathlib.Path
        Output folder of an experiment, a study or a recipe.
    audio : bool
        Whether short excerpts of the corpus may be part of the page.
    output : str or pathlib.Path, optional
        The page; `report.html` in the folder by default.

    Returns
    -------
    pathlib.Path
        The page.

    Raises
    ------
    FileNotFoundError
        When the folder holds no run.
    """
    run = RunFolder(folder)
    sections = [make(run) for make in OPENING[run.kind]]
    sections.append(space(run))
    if audio and run.kind in CLIPS:
        sections.append(CLIPS[run.kind](run))
    sections += [curves(run), about.settings(run), about.provenance(run)]
    headline = HEADLINES.get(run.kind, lambda run: "")(run)
    return render(
        output or run.path / PAGE,
        title=run.name,
        subtitle=_subtitle(run),
        headline=headline,
        notices=about.notices(run),
        sections=sections,
    )


def write_comparison(folders, output):
    """Writes a page that compares several runs.

    Arguments
    ---------
    folders : list of (str or pathlib.Path)
        Output folders of runs of one kind.
    output : str or pathlib.Path
        The page.

    Returns
    -------
    pathlib.Path
        The page.

    Raises
    ------
    FileNotFoundError
        When a folder holds no run.
    ValueError
        When the runs cannot be compared.
    """
    runs = comparison.named(folders)
    some = next(iter(runs.values()))
    return render(
        output,
        title="Comparison of " + " and ".join(runs)
        if len(runs) == 2
        else f"Comparison of {len(runs)} runs",
        subtitle=_subtitle(some).rpartition(" · seed")[0],
        headline="",
        notices=comparison.notices(runs),
        sections=[
            comparison.systems(runs),
            comparison.differences(runs),
            unlike_settings(runs),
        ],
    )


def _subtitle(run):
    """Name task, corpus and seed."""
    parts = [run.results.get("task"), run.corpus]
    if "seed" in run.results:
        parts.append(f"seed {run.results['seed']}")
    return " · ".join(str(part) for part in parts if part)
