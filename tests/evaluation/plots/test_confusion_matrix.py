"""The shares drawn are those of each true class."""

import pytest

from sb_contrastive.evaluation.plots import confusion_matrix

PNG = b"\x89PNG\r\n"


def test_confusion_matrix_shows_shares_of_the_truth(drawn, tmp_path):
    path = tmp_path / "confusion.png"
    confusion_matrix([[3, 1], [0, 0]], ["joy", "sad"], path)
    assert path.read_bytes().startswith(PNG)
    cells = [text.get_text() for text in drawn[0].axes[0].texts]
    assert cells == ["75 %\n(3)", "25 %\n(1)", "0 %\n(0)", "0 %\n(0)"]
    with pytest.raises(ValueError, match="2 x 2"):
        confusion_matrix([[1, 2, 3]], ["joy", "sad"], path)
