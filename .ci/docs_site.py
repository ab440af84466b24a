"""What mkdocs needs to build the site of docs/ (see mkdocs.yml): links out of that folder,
and the headings of SpeechBrain's docstrings."""

import posixpath
import re
from pathlib import Path

from griffe import Extension
from mkdocs.structure.files import File

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s#]*)(#[^)\s]*)?\)")
# Pages outside of docs/, by their place in the repository
OUTSIDE = {
    "README.md": "readme.md",
    **{
        path.relative_to(ROOT).as_posix(): path.relative_to(ROOT).as_posix()
        for path in ROOT.glob("recipes/**/README.md")
    },
}
HEADINGS = {
    r"^Arguments\n-{9}$": "Parameters\n----------",
    r"^Example\n-{7}$": "Examples\n--------",
}


def on_files(files, config):
    """Add the pages that lie outside of docs/."""
    for source, page in OUTSIDE.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown, page, **kwargs):
    """Lead links between pages inside and outside of docs/ to where they are in
    the site; a link to a file that is no page becomes its name."""
    here = page.file.src_uri
    sources = {target: source for source, target in OUTSIDE.items()}
    folder = posixpath.dirname(sources.get(here, f"docs/{here}"))

    def led(match):
        picture, text, target, anchor = match.groups()
        if not target or ":" in target:
            return match[0]
        place = posixpath.normpath(posixpath.join(folder, target))
        if place in OUTSIDE:
            place = OUTSIDE[place]
        elif place.startswith("docs/"):
            place = place.removeprefix("docs/")
        elif (ROOT / place).exists() and not picture:
            return text
        else:
            return match[0]  # mkdocs says that it leads nowhere
        link = posixpath.relpath(place, posixpath.dirname(here) or ".")
        return f"{picture}[{text}]({link}{anchor or ''})"

    parts = re.split(r"(^```.*?^```$)", markdown, flags=re.M | re.S)
    parts[::2] = [LINK.sub(led, part) for part in parts[::2]]
    return "".join(parts)


class SpeechBrainHeadings(Extension):
    """Reads `Arguments` and `Example`, SpeechBrain's headings, as NumPy's."""

    def on_instance(self, *, obj, **kwargs):
        """Change the headings of a docstring before it is parsed."""
        if obj.docstring:
            for ours, theirs in HEADINGS.items():
                obj.docstring.value = re.sub(
                    ours, theirs, obj.docstring.value, flags=re.M
                )
