"""Two files, one cosine: the one that SpeechBrain computes."""

import re

import pytest
from speechbrain.inference.speaker import SpeakerRecognition

from sb_contrastive.command_line import main


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
    main(["verify", str(model), path, path])
    assert "cosine 1.0000: the same speaker" in capsys.readouterr().out


def test_a_folder_of_several_is_sent_to_evaluate(
    model, folder, tmp_path, write, capsys
):
    own = str(write(tmp_path / "a.wav", 0))
    with pytest.raises(SystemExit):
        main(["verify", str(model), own, str(folder)])
    assert "holds 9 utterances" in capsys.readouterr().err
