"""A map of embeddings: a mark for each utterance, which tells its name under the mouse."""

from markupsafe import Markup

from sb_contrastive.report_page.charts.axes import COLOURS, Scale, legend, svg

SIZE = 460
# Shapes tell apart what has the same colour; each fits into a box of 10 x 10
SHAPES = (
    "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0",  # circle
    "M-3.6,-3.6h7.2v7.2h-7.2z",  # square
    "M0,-4.6L4.4,3.4H-4.4z",  # triangle
    "M0,-5L5,0L0,5L-5,0z",  # diamond
    "M-4.4,-3.4H4.4L0,4.6z",  # triangle upside down
    "M-1.4,-4.4h2.8v3h3v2.8h-3v3h-2.8v-3h-3v-2.8h3z",  # plus
)
IN_LEGEND = 24


def point_map(points, names, labels, title):
    """Draw the points, coloured by their labels.

    Arguments
    ---------
    points : list of tuple
        (x, y) of each utterance.
    names : list of str
        Name of each utterance.
    labels : list of str
        Label of each utterance, such as its speaker.
    title : str
        What the labels are.

    Returns
    -------
    Markup

    Example
    -------
    >>> chart = point_map([(0, 0), (1, 1)], ["u1", "u2"], ["ann", "bob"], "speaker")
    >>> "u1: ann" in chart
    True
    """
    groups = {label: i for i, label in enumerate(sorted(set(labels)))}
    xs, ys = zip(*points)
    x = Scale(min(xs), max(xs), 12, SIZE - 12)
    y = Scale(min(ys), max(ys), SIZE - 12, 12)
    marks = [
        Markup(
            '<path class="mark s{}" data-group="{}" d="{}" '
            'transform="translate({:.1f} {:.1f})" data-tip="{}: {}"/>'
        ).format(
            groups[label] % COLOURS,
            groups[label],
            SHAPES[groups[label] // COLOURS % len(SHAPES)],
            x(at[0]),
            y(at[1]),
            name,
            label,
        )
        for at, name, label in zip(points, names, labels)
    ]
    shown = list(groups)[:IN_LEGEND]
    more = len(groups) - len(shown)
    note = Markup('<p class="small">and {} more</p>').format(more)
    return Markup(
        '<figure class="map"><figcaption>by {}</figcaption>{}{}{}</figure>'
    ).format(
        title,
        svg(SIZE, SIZE, marks, f"map of embeddings by {title}"),
        _legend(shown),
        note if more else "",
    )


def _legend(names):
    """Show the colour and the shape of each label."""
    if len(names) <= COLOURS:
        return legend(names)
    items = Markup("").join(
        Markup(
            '<li data-group="{}"><svg class="sample" viewBox="-6 -6 12 12">'
            '<path class="mark s{}" d="{}"/></svg>{}</li>'
        ).format(i, i % COLOURS, SHAPES[i // COLOURS % len(SHAPES)], name)
        for i, name in enumerate(names)
    )
    return Markup('<ul class="legend">{}</ul>').format(items)
