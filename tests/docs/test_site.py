"""The site of docs/ has every page, and its API pages name what exists."""

import importlib.util
import re
from types import SimpleNamespace

import pytest
import yaml

from tests.docs.test_names import exists
from tests.support.doc_pages import ROOT

DOCS = ROOT / "docs"


def pages(entry):
    """Yield the pages of a navigation, whatever it is nested in."""
    if isinstance(entry, str):
        yield entry
    else:
        values = entry.values() if isinstance(entry, dict) else entry
        for value in values:
            yield from pages(value)


def test_every_page_is_in_the_navigation_once():
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    named = sorted(pages(site["nav"]))
    found = DOCS.rglob("*.md")
    assert named == sorted(p.relative_to(DOCS).as_posix() for p in found)


@pytest.mark.parametrize("path", sorted(DOCS.glob("api/*.md")), ids=str)
def test_api_pages_name_what_exists(path):
    names = re.findall(r"^::: (\S+)$", path.read_text("utf-8"), re.M)
    assert names or path.name == "index.md"
    assert [name for name in names if not exists(name)] == []
    assert len(names) == len(set(names))


@pytest.fixture(scope="module")
def hooks():
    for needed in ("mkdocs", "griffe"):
        pytest.importorskip(needed, reason="pip install -e '.[docs]'")
    place = ROOT / ".ci/docs_site.py"
    spec = importlib.util.spec_from_file_location("docs_site", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "page, written, led",
    [
        ("recipes.md", "[a](starts.md#b)", "[a](starts.md#b)"),
        ("recipes.md", "[a](../README.md#b)", "[a](readme.md#b)"),
        (
            "recipes.md",
            "[a](../recipes/VoxCeleb/README.md)",
            "[a](recipes/VoxCeleb/README.md)",
        ),
        ("recipes.md", "[a](../LICENSE) [b](#c)", "a [b](#c)"),
        ("recipes.md", "[a](nowhere.md)", "[a](nowhere.md)"),
        ("readme.md", "[a](docs/dino.md)", "[a](dino.md)"),
        ("readme.md", "![a](docs/figures/a.png)", "![a](figures/a.png)"),
        ("readme.md", "[a](https://a.org/b.md)", "[a](https://a.org/b.md)"),
        (
            "recipes/VoxCeleb/README.md",
            "[a](../../docs/dino.md) [b](../../train.py)",
            "[a](../../dino.md) b",
        ),
        ("readme.md", "```\n[a](LICENSE)\n```", "```\n[a](LICENSE)\n```"),
    ],
)
def test_links_lead_to_pages_of_the_site(hooks, page, written, led):
    here = SimpleNamespace(file=SimpleNamespace(src_uri=page))
    assert hooks.on_page_markdown(written, here) == led


def test_docstrings_have_the_headings_of_numpy(hooks):
    text = "Do.\n\nArguments\n---------\na : int\n\nExample\n-------\n>>> 1\n1"
    told = SimpleNamespace(docstring=SimpleNamespace(value=text))
    hooks.SpeechBrainHeadings().on_instance(obj=told)
    assert told.docstring.value == (
        "Do.\n\nParameters\n----------\na : int\n\nExamples\n--------\n>>> 1\n1"
    )
