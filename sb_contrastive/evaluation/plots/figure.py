"""The style that all plots share.

Figures are made without pyplot, so that no display, no global state and no
backend is touched.
"""

import textwrap
from pathlib import Path

from sb_contrastive.files import write_atomically

# Okabe and Ito's colours: distinguishable with any colour vision, and in print
COLOURS = "#0072B2 #D55E00 #009E73 #CC79A7 #E69F00 #56B4E9 #4D4D4D".split()
MARKERS = "osD^vP*"  # for what has the same colour
INK, FAINT = "#222222", "#8A8A8A"


def new_figure(width, height, title, note):
    """Starts a figure.

    Arguments
    ---------
    width, height : float
        Inches.
    title : str
        Title above the figure.
    note : str or None
        Small print below the figure, see `corpus_note`.

    Returns
    -------
    matplotlib.figure.Figure

    Example
    -------
    >>> new_figure(4, 3, "Training", None).get_suptitle()
    'Training'
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    figure.suptitle(title, fontsize=12, fontweight="bold", color=INK)
    if note:
        lines = textwrap.wrap(note, round(15 * width))
        figure.supxlabel("\n".join(lines), fontsize=8, color=FAINT)
    return figure


def dress(axes, heading):
    """Gives drawn axes a heading, a light grid and thin lines.

    Arguments
    ---------
    axes : matplotlib.axes.Axes
        Changed in place.
    heading : str
        Heading above the axes, on the left.

    Example
    -------
    >>> axes = new_figure(4, 3, "Training", None).subplots()
    >>> dress(axes, "Loss")
    >>> axes.get_title(loc="left")
    'Loss'
    """
    axes.set_title(heading, fontsize=10, color=INK, loc="left")
    axes.grid(True, color="#E6E6E6", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("#BBBBBB")
    axes.tick_params(colors="#555555", labelsize=8)
    for axis in (axes.xaxis, axes.yaxis):
        # An offset above the axis, "+5.43e-1", is overlooked
        if hasattr(axis.get_major_formatter(), "set_useOffset"):
            axis.get_major_formatter().set_useOffset(False)
    for line in axes.lines:
        line.set(linewidth=1.6, markersize=3.5)


def save(figure, path):
    """Writes a figure, completely or not at all.

    Arguments
    ---------
    figure : matplotlib.figure.Figure
        The figure.
    path : str or Path
        PNG; missing folders are made.

    Returns
    -------
    Path
        The file written.

    Example
    -------
    >>> folder = getfixture("tmp_path")
    >>> save(new_figure(4, 3, "Training", None), folder / "curves.png").name
    'curves.png'
    """
    write_atomically(path, lambda part: _render(figure, part))
    return Path(path)


def _render(figure, path):
    """Arrange the panels and draw them, which takes most of the time of a plot."""
    # Once: matplotlib would arrange the panels twice
    figure.get_layout_engine().execute(figure)
    figure.set_layout_engine("none")
    # Named, since the temporary file does not end in .png
    figure.savefig(path, dpi=150, format="png", facecolor="white")
