"""Plot of objectives by two measures and their cost: EER against UA, with training time as size."""

import statistics

from sb_contrastive.evaluation.plots.figure import (
    COLOURS,
    INK,
    MARKERS,
    dress,
    new_figure,
    save,
)

LARGEST = 260  # square points: the area of the costliest system
SMALLEST = 18  # of one that costs nothing
PLACES = [  # of a label, in points from the middle of its system
    (dx, dy, side)
    for reach in (9, 18, 28, 40)
    for dx, dy, side in (
        (reach, -3, "left"),
        (-reach, -3, "right"),
        (0, reach, "center"),
        (0, -reach - 7, "center"),
        (reach, reach, "left"),
        (-reach, -reach - 7, "right"),
        (-reach, reach, "right"),
        (reach, -reach - 7, "left"),
    )
]
# A letter of a label in points: its width, and how far it reaches below and above its line
LETTER, BELOW, ABOVE = 4.8, 3.0, 9.0


def objective_comparison(systems, path, title, note=None):
    """Draws one point for each system: its mean EER to the right, its UA upwards,
    its training time as area. Thin lines reach over the seeds.

    Arguments
    ---------
    systems : dict
        {system: {"EER": [percent of each seed], "UA": [percent of each seed],
        "seconds": of training, None where there was none}}.
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
        If there is nothing to draw.

    Example
    -------
    >>> folder = getfixture("tmp_path")
    >>> systems = {
    ...     "SwAV": {"EER": [20.0, 22.0], "UA": [50.0, 51.0], "seconds": 90.0},
    ...     "random weights": {"EER": [40.0], "UA": [30.0], "seconds": None},
    ... }
    >>> objective_comparison(systems, folder / "objectives.png", "Which?").name
    'objectives.png'
    """
    if not systems:
        raise ValueError("a comparison of objectives has no system to draw")
    costs = {name: row.get("seconds") or 0.0 for name, row in systems.items()}
    most = max(costs.values())
    told = "area: training time"
    if most:
        told += f", {most / 60:.1f} minutes at the most"
    told += "; lines: from the lowest to the highest seed"
    figure = new_figure(7.6, 5.6, title, "; ".join(filter(None, [told, note])))
    axes = figure.subplots()
    middles = {}
    for i, (name, row) in enumerate(systems.items()):
        x, y = (statistics.fmean(row[measure]) for measure in ("EER", "UA"))
        colour = COLOURS[i % len(COLOURS)]
        area = SMALLEST + (LARGEST - SMALLEST) * costs[name] / max(most, 1e-9)
        line = {"color": colour, "lw": 0.8, "alpha": 0.6}
        axes.hlines(y, min(row["EER"]), max(row["EER"]), **line)
        axes.vlines(x, min(row["UA"]), max(row["UA"]), **line)
        marker = MARKERS[i // len(COLOURS) % len(MARKERS)]
        axes.scatter(x, y, area, color=colour, alpha=0.75, marker=marker, lw=0)
        middles[name] = x, y
    dress(axes, "")
    axes.margins(0.12)
    axes.set_xlabel("EER (%), mean over trial lists; less is better", color=INK)
    axes.set_ylabel("UA (%) of a linear probe; more is better", color=INK)
    figure.get_layout_engine().execute(figure)  # so that distances are known
    axes.autoscale_view()
    _label(axes, middles)
    return save(figure, path)


def _label(axes, middles):
    """Write the names of systems beside their points, where they hide least."""
    scale = 72 / axes.figure.dpi  # pixels to points
    points = {
        name: axes.transData.transform(middle) * scale
        for name, middle in middles.items()
    }
    taken = [(x - 4, y - 4, x + 4, y + 4) for x, y in points.values()]
    for name, (x, y) in points.items():
        boxes = [_box(x + dx, y + dy, side, name) for dx, dy, side in PLACES]
        hidden = [sum(_overlap(box, t) for t in taken) for box in boxes]
        best = hidden.index(min(hidden))
        dx, dy, side = PLACES[best]
        taken.append(boxes[best])
        axes.annotate(
            name,
            middles[name],
            (dx, dy),
            textcoords="offset points",
            ha=side,
            fontsize=8,
            color=INK,
        )


def _box(x, y, side, text):
    """Return the corners that a label covers, in points."""
    width = LETTER * len(text)
    left = x - width * {"left": 0.0, "center": 0.5, "right": 1.0}[side]
    return left, y - BELOW, left + width, y + ABOVE


def _overlap(one, other):
    """Return the area that two boxes share."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(width, 0.0) * max(height, 0.0)
