"""Experiments accept every command that the pages give for them."""

import re
import shlex

import pytest

from sb_contrastive.experiment import Experiment
from sb_contrastive.experiment.overriding.overrides import parse_arguments
from tests.support.doc_pages import PAGES, ROOT

# Pages on past experiments, whose commands belong to earlier commits
HISTORY = {
    ROOT / "docs/pretraining_for_emotion.md",
    *ROOT.glob("docs/results/*.md"),
}


def commands():
    """Yield the commands of the pages that run an experiment, as words."""
    for page in PAGES:
        if page in HISTORY:
            continue
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        for line in re.findall(
            r"^(?:.* )?train\.py (hparams/[^`]*?)$", text, re.M
        ):
            words = shlex.split(line, comments=True)
            # Files of a user are tested where the page's files are written
            if not any(
                word.startswith("path/") or "!new:my_" in word for word in words
            ):
                yield pytest.param(words, id=f"{page.name}: {' '.join(words)}")


@pytest.mark.parametrize("words", commands())
def test_the_command_is_accepted(words, tmp_path):
    if words[-1] == "--help":
        words = words[:-1]
    if "--output_folder" not in words:
        words = [*words, "--output_folder", str(tmp_path)]
    hparams_file, run_opts, overrides = parse_arguments(words)
    Experiment(hparams_file, overrides, run_opts)
