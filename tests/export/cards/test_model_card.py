"""Tests of sb_contrastive.export.cards.model_card."""

import pytest
import torch

from sb_contrastive.encoders import StatisticsPooling
from sb_contrastive.export.cards.model_card import SECTIONS, model_card


def test_sections_follow_one_another_with_their_text():
    card = {key: f"text of {key}" for key in SECTIONS}
    card |= {"title": "A title", "note": "Careful.\n\nSynthetic."}
    text = model_card(card, torch.nn.Identity(), classifies=True)
    places = [text.index(f"## {heading}\n") for heading in SECTIONS.values()]
    assert places == sorted(places)
    assert all(f"text of {key}" in text for key in SECTIONS)
    assert "# A title\n\n> Careful.\n>\n> Synthetic.\n" in text
    assert "```bash\ntext of command\n```" in text


def test_what_is_not_given_leaves_no_heading():
    text = model_card({"title": "A"}, torch.nn.Identity(), classifies=True)
    assert [line for line in text.splitlines() if line[:3] == "## "] == [
        "## Use"
    ]


def test_a_seed_of_zero_is_told():
    card = {"title": "A", "seed": 0}
    text = model_card(card, torch.nn.Identity(), classifies=False)
    assert "## Seed\n\n0\n" in text


def test_warnings_follow_from_the_encoder():
    pooling = torch.nn.Sequential(StatisticsPooling())

    def text(*args, **kwargs):
        return model_card({"title": "A"}, *args, classifies=True, **kwargs)

    assert "noise" in text(pooling)
    assert "noise" not in text(torch.nn.Identity())
    # Named in the YAML itself, our pooling is not exchanged for SpeechBrain's
    assert "noise" not in text(pooling, packages=["sb_contrastive"])
    assert "it needs mine, sb_contrastive." in text(
        pooling, packages=["mine", "sb_contrastive"]
    )


@pytest.mark.parametrize(
    "card, words",
    [
        ({"title": "A", "protocoll": "x"}, "did you mean 'protocol'"),
        ({"task": "x"}, "needs a section 'title'"),
    ],
)
def test_mistakes_are_named(card, words):
    with pytest.raises(ValueError, match=words):
        model_card(card, torch.nn.Identity(), classifies=True)
