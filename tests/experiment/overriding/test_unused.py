"""A value that nothing reads is refused, in a file and on the command line."""

from pathlib import Path

import pytest

from sb_contrastive.experiment import Experiment

EXPERIMENTS = sorted(Path("hparams").glob("*.yaml"))


def test_a_value_of_ones_own_that_nothing_reads(tmp_path):
    text = Path("hparams/dino_ser.yaml").read_text(encoding="utf-8")
    text = text.replace("models/", f"{Path('hparams/models').resolve()}/")
    path = tmp_path / "mine.yaml"
    path.write_text(text + "\nwarmup_share: 0.3\n")
    with pytest.raises(ValueError, match="a value warmup_share, and no part"):
        Experiment(path, f"output_folder: {tmp_path / 'out'}")
    referred = text.replace("warmup: 0.1", "warmup: !ref <warmup_share>")
    path.write_text(referred + "\nwarmup_share: 0.3\n")
    Experiment(path, f"output_folder: {tmp_path / 'out'}")


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_experiments_hold_none(path, tmp_path):
    Experiment(path, f"output_folder: {tmp_path}\nseed: 3")
