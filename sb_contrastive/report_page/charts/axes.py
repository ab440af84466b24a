"""Scales, ticks and the frame that the charts of the page share; all are inline SVG."""

import math
from typing import NamedTuple

from markupsafe import Markup

COLOURS = 7  # as many stand in page.css, for light and for dark


class Scale(NamedTuple):
    """Maps values between `low` and `high` to pixels between `start` and `end`.

    Example
    -------
    >>> Scale(0, 10, 40, 240)(5)
    140.0
    """

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value):
        share = (value - self.low) / ((self.high - self.low) or 1)
        return self.start + share * (self.end - self.start)


def padded(values, share=0.06):
    """Return limits a little beyond all values.

    Example
    -------
    >>> padded([0, 100]), padded([3, 3])
    ((-6.0, 106.0), (2.5, 3.5))
    """
    low, high = min(values), max(values)
    room = share * (high - low) or 0.5
    return low - room, high + room


def ticks(low, high, most=5):
    """Choose round values between two limits.

    Arguments
    ---------
    low, high : float
        The limits.
    most : int
        Largest number of ticks, about.

    Returns
    -------
    list of float

    Example
    -------
    >>> ticks(0, 100), ticks(1, 19, 4), ticks(0.0031, 0.0039, 4)
    ([0.0, 20.0, 40.0, 60.0, 80.0, 100.0], [5.0, 10.0, 15.0], [0.0032, 0.0034, 0.0036, 0.0038])
    """
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    places = max(0, 1 - math.floor(math.log10(step)))
    return [round(n * step, places) for n in range(first, last + 1)]


def tick_text(value):
    """Write a value without offset and without needless digits.

    Example
    -------
    >>> tick_text(0.002), tick_text(-5.0), tick_text(30000.0)
    ('0.002', '−5', '30000')
    """
    return f"{value:.10g}".replace("-", "−")


def frame(x, y, x_ticks, y_ticks, x_title, y_title=""):
    """Draw a grid with the texts of both axes.

    Arguments
    ---------
    x, y : Scale
        The y scale starts at the bottom.
    x_ticks, y_ticks : list of tuple
        (value, text) each.
    x_title, y_title : str
        What the axes show, with the unit.

    Returns
    -------
    list of Markup
    """
    parts = []
    for value, text in y_ticks:
        at = y(value)
        parts.append(line(x.start, at, x.end, at, "grid"))
        parts.append(label(x.start - 6, at + 4, text, "tick end"))
    for value, text in x_ticks:
        at = x(value)
        parts.append(line(at, y.start, at, y.end, "grid"))
        parts.append(label(at, y.start + 16, text, "tick middle"))
    middle = (x.start + x.end) / 2
    parts.append(label(middle, y.start + 33, x_title, "axis middle"))
    if y_title:
        parts.append(label(x.start, y.end - 8, y_title, "axis"))
    return parts


def numbered(values):
    """Pair tick values with their texts."""
    return [(value, tick_text(value)) for value in values]


def line(x1, y1, x2, y2, kind):
    """Draw a straight line of a CSS class."""
    return Markup(
        '<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>'
    ).format(kind, x1, y1, x2, y2)


def label(x, y, text, kind):
    """Write a text of a CSS class."""
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>').format(
        kind, x, y, text
    )


def path(points, kind):
    """Draw a line through points (x, y) in pixels."""
    steps = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return Markup('<polyline class="{}" points="{}"/>').format(kind, steps)


def dot(x, y, kind, tip, radius=4.5):
    """Draw a circle that shows a text when the mouse is over it."""
    return Markup(
        '<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="{}" data-tip="{}"/>'
    ).format(kind, x, y, radius, tip)


def svg(width, height, parts, title):
    """Join the parts of a chart.

    Arguments
    ---------
    width, height : float
        In pixels; the chart shrinks with the page.
    parts : list of Markup
        What to draw.
    title : str
        What a screen reader says.

    Returns
    -------
    Markup
    """
    return Markup(
        '<svg viewBox="0 0 {:.0f} {:.0f}" style="max-width:{:.0f}px" role="img" '
        'aria-label="{}">{}</svg>'
    ).format(width, height, width, title, Markup("").join(parts))


def legend(names, kinds=None):
    """Write the names of series beside their colours.

    Arguments
    ---------
    names : list of str
        In the order of their colours.
    kinds : list of str, optional
        CSS classes of the samples, instead of those of the colours.

    Returns
    -------
    Markup
    """
    kinds = kinds or [f"s{i % COLOURS}" for i in range(len(names))]
    items = Markup("").join(
        Markup('<li data-group="{}"><i class="sample {}"></i>{}</li>').format(
            i, kind, name
        )
        for i, (name, kind) in enumerate(zip(names, kinds))
    )
    return Markup('<ul class="legend">{}</ul>').format(items)
