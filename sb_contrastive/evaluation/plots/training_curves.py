"""Plot of a training log: a small panel for each quantity over epochs."""

import math

import numpy as np

from sb_contrastive.evaluation.plots.figure import (
    COLOURS,
    INK,
    dress,
    new_figure,
    save,
)

# key of the log: (title, factor); listed in the order they are drawn
PANELS = {
    "loss": ("Loss", 1),
    "teacher_entropy": ("Teacher entropy (nats)", 1),
    "teacher_information": ("Teacher's information (nats)", 1),
    "kl": ("KL (teacher, student), nats", 1),
    "prototype_perplexity": ("Prototypes in use (perplexity)", 1),
    "embedding_std": ("Embedding standard deviation (1 = isotropic)", 1),
    "mean_cosine": ("Mean cosine of all pairs", 1),
    "effective_rank": ("Effective rank", 1),
    "speaker_eer": ("Speaker EER (%)", 100),
    "EER": ("EER (%)", 100),
    "knn_accuracy": ("kNN accuracy (%)", 100),
    "accuracy": ("Accuracy (%)", 100),
    "WA": ("WA (%)", 100),
    "UA": ("UA (%)", 100),
    "macro_F1": ("Macro-F1 (%)", 100),
    "learning_rate": ("Learning rate", 1),
}


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
    panels = _panels(log)
    if not panels:
        raise ValueError(f"the training log has no number to draw: {log!r}")
    epochs = [row.get("epoch", i) for i, row in enumerate(log, start=1)]
    columns = min(3, len(panels))
    rows = math.ceil(len(panels) / columns)
    figure = new_figure(3.6 * columns, 2.5 * rows + 0.7, title, note)
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True).flat
    for (name, curves), axes in zip(panels.items(), grid):
        heading, factor = PANELS.get(name, (_readable(name), 1))
        for i, (label, values) in enumerate(sorted(curves.items())):
            values = np.array(values) * factor
            marker = "o" if len(log) <= 40 else None
            axes.plot(
                epochs, values, marker=marker, color=COLOURS[i], label=label
            )
        dress(axes, heading)
        axes.xaxis.get_major_locator().set_params(integer=True, nbins=5)
        axes.yaxis.get_major_locator().set_params(nbins=4)
        axes.tick_params(labelbottom=True)
        if len(curves) > 1:
            axes.legend(frameon=False, fontsize=8)
    for axes in figure.axes[len(panels) :]:
        axes.set_visible(False)
    for axes in figure.axes[max(0, len(panels) - columns) : len(panels)]:
        axes.set_xlabel("epoch", color=INK, fontsize=9)
    return save(figure, path)


def _panels(log):
    """Return {panel: {curve: [value or NaN per epoch]}}, known panels first."""
    panels = {}
    for key in dict.fromkeys(key for row in log for key in row):
        values = [_number(row.get(key)) for row in log]
        if key == "epoch" or not np.isfinite(values).any():
            continue
        stage, _, rest = key.partition("_")
        if stage in ("train", "valid") and rest:
            panels.setdefault(rest, {})[stage] = values
        else:
            panels.setdefault(key, {})[_readable(key)] = values
    order = [*PANELS, *panels]
    return {name: panels[name] for name in sorted(panels, key=order.index)}


def _number(value):
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number else math.nan


def _readable(key):
    return key[:1].upper() + key[1:].replace("_", " ")
