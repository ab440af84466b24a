"""A debug run leaves nothing that a real one takes up."""

import pytest

from sb_contrastive.evaluation.corpus_note import corpus_note
from sb_contrastive.experiment import Experiment
from sb_contrastive.experiment.overriding.overrides import parse_arguments


def read(*words):
    path, options, values = parse_arguments(["hparams/dino_ser.yaml", *words])
    return Experiment(path, values, options)


@pytest.mark.parametrize(
    "words, folder",
    [
        (["--output_folder", "out"], "out_debug"),
        (["--output_folder", "out/"], "out_debug"),
        (["--output_folder", "out_debug"], "out_debug"),
        (["--output_folder", "study_debug/runs/a"], "study_debug/runs/a"),
        (["--seed", "7"], "results/dino_ser/7_debug"),
    ],
)
def test_it_has_a_folder_of_its_own(words, folder):
    run = read(*words, "--debug")
    assert run.debug and str(run.folder) == folder
    assert str(run.hparams["output_folder"]) == folder
    real = read(*words)
    assert not real.debug and "debug" not in str(real.folder).replace(
        words[1], ""
    )


def test_a_real_run_in_the_folder_of_a_debug_run_is_refused(tmp_path):
    words = ["--output_folder", f"{tmp_path}/out_debug"]
    debug = read(*words, "--debug")
    debug.settings.begin("pretrain")
    (debug.folder / "pretrain").mkdir()
    (debug.folder / "pretrain" / "encoder.ckpt").touch()
    with pytest.raises(ValueError, match="debug: only there"):
        read(*words).settings.check(["pretrain"])


def test_tables_say_so():
    assert corpus_note("IEMOCAP", False, debug=True).startswith("DEBUG RUN")
