"""What is wrong in a labelled manifest is told by the line of the user's own file."""

from pathlib import Path

import pytest
import soundfile
import torch

from sb_contrastive.experiment import Experiment
from sb_contrastive.rows.labelled import labelled_rows


@pytest.mark.parametrize("column", ["fold", "session", "spk_id", "speaker"])
def test_a_fold_that_names_no_folder_is_at_its_own_line(tmp_path, column):
    soundfile.write(tmp_path / "a.wav", 0.1 * torch.randn(8000).numpy(), 16000)
    path = tmp_path / "mine.csv"
    path.write_text(f"ID,wav,label,{column}\na,a.wav,sad,1\nb,a.wav,sad,..\n")
    values = f"output_folder: {tmp_path / 'out'}"
    experiment = Experiment("hparams/floors.yaml", values)
    with pytest.raises(ValueError, match="mine.csv:3") as error:
        labelled_rows(experiment, manifest=str(path))
    assert "labelled.csv" not in str(error.value)
    assert not Path(tmp_path / "out" / "manifests" / "labelled.csv").exists()
