"""Lets the tests of a plot look inside its figure."""

import pytest
from matplotlib.figure import Figure


@pytest.fixture
def drawn(monkeypatch):
    """Figures as they are saved."""
    figures = []
    savefig = Figure.savefig

    def spy(figure, *args, **kwargs):
        figures.append(figure)
        return savefig(figure, *args, **kwargs)

    monkeypatch.setattr(Figure, "savefig", spy)
    return figures


@pytest.fixture(autouse=True)
def rendered_always(rendered):
    """Whatever a plot is tested for, it is rendered."""
