"""What every plot goes through: its frame, and a file that is whole or absent."""

import pytest
from matplotlib.figure import Figure

from sb_contrastive.evaluation.plots.figure import new_figure, save

PNG = b"\x89PNG\r\n"


def test_title_and_note():
    figure = new_figure(4, 3, "A title", "synthetic corpus")
    assert figure.get_suptitle() == "A title"
    assert figure.get_supxlabel() == "synthetic corpus"
    assert new_figure(4, 3, "A title", None).get_supxlabel() == ""


def test_a_plot_is_a_png_whatever_its_name(tmp_path):
    path = tmp_path / "new" / "plot.of.mine"
    assert save(new_figure(4, 3, "A title", None), str(path)) == path
    assert path.read_bytes().startswith(PNG)
    assert list(path.parent.iterdir()) == [path]


def test_an_interrupted_plot_leaves_the_old_one(tmp_path, monkeypatch):
    path = save(new_figure(4, 3, "old", None), tmp_path / "plot.png")
    before = path.read_bytes()

    def interrupted(figure, target, **options):
        target.write_bytes(PNG)
        raise KeyboardInterrupt

    monkeypatch.setattr(Figure, "savefig", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save(new_figure(4, 3, "new", None), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
