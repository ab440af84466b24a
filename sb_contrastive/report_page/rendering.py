"""Writes sections as one HTML file that needs nothing else."""

import datetime
from pathlib import Path

import jinja2
from markupsafe import Markup

from sb_contrastive.files import write_atomically

STATIC = Path(__file__).with_name("static")


def render(path, title, subtitle, headline, notices, sections):
    """Fill the template and write the page.

    Arguments
    ---------
    path : str or pathlib.Path
        The page.
    title, subtitle, headline : str
        Its head; the headline says in a sentence what came out.
    notices : list of tuple
        (CSS class, sentence) of what a reader has to know first.
    sections : list of Section or None
        The body; None is left out.

    Returns
    -------
    pathlib.Path
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(STATIC),
        autoescape=True,  # names of speakers and files are not HTML
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template("page.html").render(
        title=title,
        subtitle=subtitle,
        headline=headline,
        notices=notices,
        sections=[section for section in sections if section is not None],
        style=Markup((STATIC / "page.css").read_text(encoding="utf-8")),
        script=Markup((STATIC / "page.js").read_text(encoding="utf-8")),
        written=f"{datetime.datetime.now():%Y-%m-%d %H:%M}",
    )
    # A name that was no UTF-8 is shown with marks in its place
    data = text.encode("utf-8", errors="replace")
    write_atomically(path, lambda part: part.write_bytes(data))
    return Path(path)
