"""Prose is read as text, too: lines of pages stay below 120 characters."""

import re

import pytest

from tests.support.doc_pages import PAGES

# Tables, commands, what scripts compute, and entries of bibliographies have one line each
BLOCKS = re.compile(r"^ *```.*?^ *```|<!--.*?-->", re.M | re.S)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_prose_has_short_lines(page):
    prose = BLOCKS.sub("", page.read_text(encoding="utf-8"))
    lines = [x for x in prose.splitlines() if not x.lstrip().startswith("|")]
    assert [line for line in lines if len(line) >= 120] == []
