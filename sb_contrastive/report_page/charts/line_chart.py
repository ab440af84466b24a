"""A small chart of one quantity over epochs, with reference lines."""

import math

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
    path,
    svg,
    tick_text,
    ticks,
)

WIDTH, HEIGHT = 330, 216


def line_chart(title, curves, references=(), order=()):
    """Draw the curves of one quantity.

    Arguments
    ---------
    title : str
        The quantity, with its unit.
    curves : dict of str to list
        {name: [(epoch, value)]}; values that are not finite leave a gap.
    references : list of tuple
        (text, value) of horizontal lines, such as chance.
    order : sequence of str
        Names in the order of their colours, where several charts share a legend.

    Returns
    -------
    Markup

    Example
    -------
    >>> chart = line_chart("Loss", {"train": [(1, 2.0), (2, 1.5)]}, [("log K", 3)])
    >>> chart.count("polyline"), "log K" in chart
    (1, True)
    """
    points = [p for curve in curves.values() for p in curve if _known(p)]
    values = [v for _, v in points] + [v for _, v in references]
    epochs = [e for e, _ in points]
    y = Scale(*padded(values), HEIGHT - 44, 30)
    left = 12 + 7 * max(len(text) for _, text in numbered(ticks(y.low, y.high)))
    x = Scale(*padded(epochs, 0.03), left, WIDTH - 12)
    whole = [e for e in ticks(x.low, x.high) if e == int(e)]
    parts = frame(
        x, y, numbered(whole), numbered(ticks(y.low, y.high)), "epoch", ""
    )
    parts.append(label(2, 15, title, "heading"))
    for text, value in references:
        at = y(value)
        parts.append(line(x.start, at, x.end, at, "reference"))
    order = list(order or curves)
    for name, curve in curves.items():
        i = order.index(name)
        for part in _unbroken(curve):
            parts.append(
                path([(x(e), y(v)) for e, v in part], f"curve s{i % COLOURS}")
            )
        # Many dots would hide the line
        small = len(curve) <= 40
        for epoch, value in filter(_known, curve):
            tip = f"{name}, epoch {epoch}: {tick_text(float(f'{value:.4g}'))}"
            kind = f"dot s{i % COLOURS}" if small else "dot unseen"
            parts.append(dot(x(epoch), y(value), kind, tip, 2.6))
    # On top of the curves, which would cross it
    for text, value in references:
        at = y(value)
        above = at - 4 if at > 46 else at + 12
        parts.append(label(x.end, above, text, "tick end"))
    return svg(WIDTH, HEIGHT, parts, title)


def _known(point):
    return math.isfinite(point[1])


def _unbroken(curve):
    """Split a curve where a value is missing."""
    parts = [[]]
    for point in curve:
        if _known(point):
            parts[-1].append(point)
        elif parts[-1]:
            parts.append([])
    return [part for part in parts if part]


def side_by_side(charts):
    """Lay charts out in as many columns as the page has room for."""
    cells = (Markup("<div>{}</div>").format(chart) for chart in charts)
    return Markup('<div class="grid">{}</div>').format(Markup("").join(cells))
