"""Two files, one cosine: the one that SpeechBrain computes."""

import re
import shutil

import numpy as np
import pytest
import soundfile
from speechbrain.inference.speaker import SpeakerRecognition

from sb_contrastive.command_line import main

VALUES = {"nan": np.nan, "infinite": np.inf, "silent": 0.0, "constant": 0.25}


def test_the_cosine_is_speechbrains(model, tmp_path, write, capsys):
    paths = [str(write(tmp_path / f"{i}.wav", i)) for i in range(2)]
    recogniser = SpeakerRecognition.from_hparams(source=str(model))
    expected = recogniser.verify_files(*paths)[0].item()
    for threshold, verdict in (
        (expected - 0.01, "the same speaker"),
        (expected + 0.01, "two speakers"),
    ):
        main(["verify", str(model), *paths, f"--threshold={threshold}"])
        said = capsys.readouterr().out
        (score,) = re.findall(r"cosine (\S+):", said)
        assert float(score) == pytest.approx(expected, abs=1e-3)
        assert verdict in said


def test_a_file_is_like_itself(model, tmp_path, write, capsys):
    path = str(write(tmp_path / "a.wav", 0))
    main(["verify", str(model), path, path, "--threshold", "0.5"])
    assert "cosine 1.0000: the same speaker" in capsys.readouterr().out


def test_without_a_threshold_nobody_is_called_the_same(
    model, tmp_path, write, capsys
):
    paths = [str(write(tmp_path / f"{i}.wav", i)) for i in (0, 0, 1)]
    for other in paths[1:]:
        main(["verify", str(model), paths[0], other])
        said = capsys.readouterr().out
        assert "no threshold, so there is no verdict" in said
        assert "speaker" not in said.replace("two speakers", "speaker")


def test_the_threshold_is_that_of_the_model(model, tmp_path, write, capsys):
    copy = shutil.copytree(model, tmp_path / "copy")
    text = (copy / "hyperparams.yaml").read_text()
    (copy / "hyperparams.yaml").write_text(
        text.replace(
            "trim_silence_db: 0", "trim_silence_db: 25\nthreshold: 0.99999"
        )
    )
    path, other = (str(write(tmp_path / f"{i}.wav", i)) for i in range(2))

    def said(*options):
        main(["verify", str(copy), *options])
        return capsys.readouterr().out

    assert "two speakers (threshold 0.99999, of the model)" in said(path, other)
    assert "the same speaker (threshold 0.99999" in said(path, path)
    # Scores of segments, or of files cut otherwise, are on another scale
    for option in ("--segments=2x0.2s_mean", "--trim_silence_db=0"):
        assert "there is no verdict" in said(path, path, option)
    assert "(threshold 0.1, given)" in said(path, other, "--threshold", "0.1")


@pytest.mark.parametrize("broken", VALUES)
def test_what_holds_no_speech_is_refused_without_a_remedy_that_is_not_there(
    broken, model, tmp_path, write, capsys
):
    good, bad = str(write(tmp_path / "a.wav", 0)), tmp_path / f"{broken}.wav"
    value = VALUES[broken]
    soundfile.write(bad, np.full(16000, value), 16000, subtype="FLOAT")
    with pytest.raises(SystemExit):
        main(["verify", str(model), good, str(bad), "--threshold", "0.5"])
    said = capsys.readouterr()
    assert f"{broken}.wav" in said.err and "mend these files" in said.err
    assert "skip" not in said.err and "speaker" not in said.out


def test_a_folder_of_several_is_sent_to_evaluate(
    model, folder, tmp_path, write, capsys
):
    own = str(write(tmp_path / "a.wav", 0))
    with pytest.raises(SystemExit):
        main(["verify", str(model), own, str(folder)])
    assert "holds 9 utterances" in capsys.readouterr().err
