"""Plot of a training log: a small panel for each quantity over epochs."""

import math

from sb_contrastive.evaluation.plots.figure import (
    COLOURS,
    INK,
    dress,
    new_figure,
    save,
)
from sb_contrastive.evaluation.plots.quantities import quantities


def training_curves(log, path, title="Training", note=None):
    """Draws every numeric quantity of a training log in a small panel.

    ``train_x`` and ``valid_x`` share the panel of ``x``. Epochs that lack a
    key, or hold None or NaN, leave a gap in its curve.

    Arguments
    ---------
    log : list of dict
        One per epoch; ``epoch`` is the x axis where given, else 1, 2, ...
    path : str or Path
        PNG to write.
    title : str
        Title above the figure.
    note : str, optional
        Small print below the figure, see `corpus_note`.

    Returns
    -------
    path : Path
        The file written.

    Raises
    ------
    ValueError
        If the log holds no number.

    Example
    -------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> log = [{"epoch": 1, "train_loss": 2.0}, {"epoch": 2, "train_loss": 1.5}]
    >>> training_curves(log, folder + "/curves.png").name
    'curves.png'
    """
    panels = quantities(log)
    if not panels:
        raise ValueError(f"the training log has no number to draw: {log!r}")
    columns = min(3, len(panels))
    rows = math.ceil(len(panels) / columns)
    figure = new_figure(3.6 * columns, 2.5 * rows + 0.7, title, note)
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True).flat
    for (heading, curves), axes in zip(panels.values(), grid):
        for i, (label, points) in enumerate(sorted(curves.items())):
            epochs, values = zip(*points)
            marker = "o" if len(log) <= 40 else None
            axes.plot(
                epochs,
                values,
                marker=marker,
                color=COLOURS[i % len(COLOURS)],
                label=label,
            )
        dress(axes, heading)
        axes.xaxis.get_major_locator().set_params(integer=True, nbins=5)
        axes.yaxis.get_major_locator().set_params(nbins=4)
        axes.tick_params(labelbottom=True)
        axes.set_xlabel("epoch", color=INK, fontsize=8)
        if len(curves) > 1:
            axes.legend(frameon=False, fontsize=8)
    for axes in figure.axes[len(panels) :]:
        axes.set_visible(False)
    return save(figure, path)
