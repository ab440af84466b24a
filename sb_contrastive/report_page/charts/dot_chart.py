"""A chart with a line for each system: a dot per fold, list or seed, the mean and its interval."""

from typing import NamedTuple

from markupsafe import Markup

from sb_contrastive.report_page.charts.axes import (
    COLOURS,
    Scale,
    dot,
    frame,
    label,
    line,
    numbered,
    padded,
    svg,
    ticks,
)

ROW, CHARACTER = 38, 7.2


class Row(NamedTuple):
    """One line of the chart.

    `dots` are (value, text to show); `mean` is the value in the middle, `interval`
    its limits or None; rows of one `colour` belong together, by default each has
    its own.
    """

    name: str
    dots: list
    mean: float
    interval: tuple | None = None
    tip: str = ""
    colour: int | None = None


def dot_chart(rows, x_title, references=(), width=700):
    """Draw rows of dots, each with its mean and interval.

    Arguments
    ---------
    rows : list of Row
        From top to bottom.
    x_title : str
        What the x axis shows, with the unit.
    references : list of tuple
        (text, value) of vertical lines, such as chance or 0.
    width : float
        In pixels.

    Returns
    -------
    Markup

    Example
    -------
    >>> row = Row("DINO", [(50.0, "fold 1"), (60.0, "fold 2")], 55.0, (45.0, 65.0))
    >>> dot_chart([row], "UA (%)", [("chance", 25.0)]).count("<circle")
    3
    """
    values = [v for _, v in references]
    for row in rows:
        values += [row.mean, *(v for v, _ in row.dots), *(row.interval or ())]
    longest = max(len(row.name) for row in rows)
    left = min(24 + CHARACTER * longest, 0.42 * width)
    bottom = 30 + ROW * len(rows)
    x = Scale(*padded(values), left, width - 24)
    y = Scale(0, len(rows), 30, bottom)
    parts = frame(
        x,
        Scale(0, 1, bottom, 26),
        numbered(ticks(x.low, x.high, 7)),
        [],
        x_title,
    )
    for text, value in references:
        parts.append(line(x(value), 26, x(value), bottom, "reference"))
        parts.append(label(x(value), 18, text, "tick middle"))
    for i, row in enumerate(rows):
        colour = i if row.colour is None else row.colour
        at, kind = y(i + 0.5), f"s{colour % COLOURS}"
        parts.append(
            label(left - 12, at + 4, _short(row.name, left), "name end")
        )
        if row.interval:
            low, high = map(x, row.interval)
            parts.append(line(low, at, high, at, f"interval {kind}"))
        for value, tip in row.dots:
            parts.append(dot(x(value), at, f"hollow {kind}", tip))
        parts.append(dot(x(row.mean), at, f"mean {kind}", row.tip, 6.5))
    # On a phone it is moved sideways: its texts would become too small
    return Markup('<div class="wide broad">{}</div>').format(
        svg(width, bottom + 44, parts, x_title)
    )


def _short(name, left):
    """Cut a name that is longer than its place."""
    most = int((left - 20) / CHARACTER)
    return name if len(name) <= most else f"{name[: most - 1]}…"
