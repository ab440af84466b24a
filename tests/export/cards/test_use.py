"""A card claims no threshold and no silence cut but those of the model."""

import pytest

from sb_contrastive.export import Usage
from sb_contrastive.export.cards.portable import without_absolute_paths
from sb_contrastive.export.cards.use import use_section


def test_a_threshold_is_told_with_its_list():
    text = use_section(False, Usage(0, 0.41234, "hard trials"))
    assert "same_speaker = cosine > 0.4123  # equal error rate on hard" in text
    assert "No trials have told" not in text and "SpeechOnly" not in text


def test_without_trials_no_cosine_means_one_speaker():
    text = use_section(False, Usage())
    assert "No trials have told which cosine" in text
    assert "same_speaker" not in text


@pytest.mark.parametrize("classifies", [True, False])
def test_a_silence_cut_has_its_own_code(classifies):
    text = use_section(classifies, Usage(27.5, 0.25, "mine"))
    _, second = text.split("SpeechOnly(trim_silence_db=27.5)\n")
    call = "model.classify_file" if classifies else "model.verify_files"
    assert call in second.split("```")[0]


@pytest.mark.parametrize(
    "text, short",
    [
        ("python /opt/x/train.py a.yaml", "python .../train.py a.yaml"),
        ("--data_folder=/data/corpora/V/", "--data_folder=.../V"),
        ("[/a/b.csv,/c/d]", "[.../b.csv,.../d]"),
        ("'/home/eve/my audio/x.csv'", "'.../x.csv'"),
        ("~/runs/1 ran", ".../1 ran"),
        ("WA/UA 1/2 hparams/a.yaml ../b", "WA/UA 1/2 hparams/a.yaml ../b"),
        ("https://arxiv.org/abs/1", "https://arxiv.org/abs/1"),
    ],
)
def test_folders_of_the_machine_are_left_out(text, short):
    assert without_absolute_paths(text) == short
