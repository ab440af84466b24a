"""Plot of label efficiency: UA against the share of labels used."""

import numpy as np

from sb_contrastive.evaluation.plots.figure import (
    COLOURS,
    FAINT,
    INK,
    dress,
    new_figure,
    save,
)


def label_efficiency(
    curves, path, title="Label efficiency", note=None, chance=None
):
    """Draws UA against the share of labels used, one line with a band per
    system.

    Arguments
    ---------
    curves : dict
        {system: {fraction of labels: (mean, low, high)}}, UA as fractions.
    path : str or Path
        PNG to write.
    title : str
        Title above the figure.
    note : str, optional
        Small print below the figure, see `corpus_note`.
    chance : float, optional
        UA of guessing, as a fraction: a dashed line.

    Returns
    -------
    path : Path
        The file written.

    Raises
    ------
    ValueError
        If there is nothing to draw, or a fraction lies outside (0, 1].

    Example
    -------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> curves = {"DINO": {0.1: (0.5, 0.4, 0.6), 1.0: (0.7, 0.6, 0.8)}}
    >>> label_efficiency(curves, folder + "/labels.png").name
    'labels.png'
    """
    fractions = sorted({f for curve in curves.values() for f in curve})
    if not fractions:
        raise ValueError(
            "label efficiency has no system or no fraction to draw"
        )
    if fractions[0] <= 0 or fractions[-1] > 1:
        raise ValueError(
            f"fractions of labels lie above 0 and up to 1, got {fractions}"
        )
    figure = new_figure(6.4, 4.4, title, note)
    axes = figure.subplots()
    for i, (system, curve) in enumerate(curves.items()):
        x = sorted(curve)
        mean, low, high = 100 * np.array([curve[f] for f in x]).T
        percent = 100 * np.array(x)
        colour = COLOURS[i % len(COLOURS)]
        axes.fill_between(percent, low, high, color=colour, alpha=0.13, lw=0)
        error = [mean - low, high - mean]
        axes.errorbar(
            percent, mean, error, marker="o", color=colour, label=system,
            elinewidth=1, capsize=2.5,
        )  # fmt: skip
    if chance is not None:
        axes.axhline(100 * chance, ls="--", lw=1, color=FAINT, label="chance")
    axes.set_xscale("log")
    axes.set_xticks([100 * f for f in fractions])
    axes.set_xticklabels([f"{100 * f:g}" for f in fractions])
    axes.minorticks_off()
    dress(axes, "")
    axes.set_xlabel("% of training labels used", color=INK)
    axes.set_ylabel("UA (%)", color=INK)
    axes.legend(frameon=False, fontsize=9)
    return save(figure, path)
