"""Tables and sections, the blocks that the page is made of."""

from typing import NamedTuple

from markupsafe import Markup


class Section(NamedTuple):
    """A part of the page: a heading, one or two sentences that explain it, and what
    is shown."""

    title: str
    text: str
    body: Markup


def table(header, rows, note=""):
    """Make a table that a click on a heading sorts.

    Arguments
    ---------
    header : list of str
        The headings.
    rows : list of list
        The cells, text or Markup; the first column is of names, others to the
        right.
    note : str
        Small print below.

    Returns
    -------
    Markup

    Example
    -------
    >>> "<td>&lt;b&gt;</td>" in table(["name"], [["<b>"]])
    True
    """
    head = _join("<th>{}</th>", header)
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(_join("<td>{}</td>", row)) for row in rows
    )
    below = Markup('<p class="small">{}</p>').format(note) if note else ""
    return Markup(
        '<div class="wide"><table class="sortable"><thead><tr>{}</tr></thead>'
        "<tbody>{}</tbody></table></div>{}"
    ).format(head, body, below)


def facts(pairs):
    """List names and values, two columns.

    Arguments
    ---------
    pairs : dict
        Name -> text, Markup or number; None is left out.

    Returns
    -------
    Markup
    """
    items = Markup("").join(
        Markup("<dt>{}</dt><dd>{}</dd>").format(name, value)
        for name, value in pairs.items()
        if value is not None
    )
    return Markup('<dl class="facts">{}</dl>').format(items)


def folded(title, body):
    """Hide a body until its title is clicked."""
    return Markup("<details><summary>{}</summary>{}</details>").format(
        title, body
    )


def figure(body, caption):
    """Put a caption above a chart."""
    return Markup("<figure><figcaption>{}</figcaption>{}</figure>").format(
        caption, body
    )


def percent(share, places=1):
    """Write a share in percent.

    Example
    -------
    >>> percent(0.1234), percent(None)
    ('12.3', '–')
    """
    return "–" if share is None else f"{100 * share:.{places}f}"


def between(limits, places=1, scale=100, sign=""):
    """Write an interval.

    Example
    -------
    >>> between([0.1, 0.25]), between([-8.14, 9.71], scale=1, sign="+")
    ('10.0 to 25.0', '−8.1 to +9.7')
    """
    if not limits:
        return "–"
    low, high = (f"{scale * v:{sign}.{places}f}" for v in limits)
    return f"{low} to {high}".replace("-", "−")


def _join(pattern, cells):
    return Markup("").join(Markup(pattern).format(cell) for cell in cells)
