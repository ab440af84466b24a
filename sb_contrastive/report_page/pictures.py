"""Puts a PNG that a run has left into the page."""

import base64

from markupsafe import Markup

from sb_contrastive.report_page.html import figure

MOST = 600_000  # bytes


def picture(run, name, caption):
    """Show a picture of the run's folder.

    Arguments
    ---------
    run : RunFolder
        The run.
    name : str
        Path within its folder.
    caption : str
        Text above the picture, and for screen readers.

    Returns
    -------
    Markup
        Empty where there is no picture, or a very large one.
    """
    path = run.path / name
    if not path.is_file() or path.stat().st_size > MOST:
        return Markup("")
    data = base64.b64encode(path.read_bytes()).decode()
    return figure(
        Markup('<img alt="{}" src="data:image/png;base64,{}">').format(
            caption, data
        ),
        caption,
    )
