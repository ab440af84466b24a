"""Plot of several systems over seeds: a dot for each seed, a bar for their mean."""

import statistics

from sb_contrastive.evaluation.plots.figure import (
    COLOURS,
    INK,
    dress,
    new_figure,
    save,
)


def system_comparison(answers, path, title, note=None, measure="UA"):
    """Draws a figure of each system and seed, in several panels.

    Arguments
    ---------
    answers : dict
        {heading of a panel: {system: {"UA": [percent of each seed]}}}.
    path : str or Path
        PNG to write.
    title : str
        Title above the figure.
    note : str, optional
        Small print below the figure, see `corpus_note`.
    measure : str
        UA, or another figure in percent that each system has.

    Returns
    -------
    path : Path
        The file written.

    Example
    -------
    >>> folder = getfixture("tmp_path")
    >>> rows = {"one": {"UA": [50.0, 52.0]}, "other": {"UA": [48.0]}}
    >>> answers = {"all labels": rows}
    >>> system_comparison(answers, folder / "which.png", "Which?").name
    'which.png'
    """
    systems = list(dict.fromkeys(s for rows in answers.values() for s in rows))
    height = 0.9 + len(answers) * (0.5 + 0.32 * len(systems))
    figure = new_figure(7.0, height, title, note)
    panels = figure.subplots(len(answers), 1, squeeze=False, sharex=True)
    for axes, (heading, rows) in zip(panels[:, 0], answers.items()):
        for place, system in enumerate(systems):
            values = rows.get(system, {measure: []})[measure]
            colour = COLOURS[place % len(COLOURS)]
            axes.plot(values, [place] * len(values), "o", color=colour)
            if values:
                mean = statistics.fmean(values)
                axes.plot([mean, mean], [place - 0.3, place + 0.3], color=INK)
        dress(axes, heading)
        axes.set_yticks(range(len(systems)), systems)
        axes.set_ylim(len(systems) - 0.5, -0.5)
    panels[-1, 0].set_xlabel(f"{measure} (%)", color=INK, fontsize=9)
    return save(figure, path)
