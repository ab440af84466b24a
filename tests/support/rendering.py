"""Figures of whole experiments are made but not rendered, which takes half the time of the experiments."""

import pytest

from sb_contrastive.evaluation.plots import figure

render = figure._render


def _leave_a_file(_, path):
    path.write_bytes(b"\x89PNG\r\n\x1a\n")


figure._render = _leave_a_file


@pytest.fixture
def rendered(monkeypatch):
    """Figures are rendered, as those of a user."""
    monkeypatch.setattr(figure, "_render", render)
