"""The paper's two steps: the pretrained affine, nothing paid out of step B, and a low rate there."""

import pytest

from sb_contrastive.experiment import Experiment


def steps(system, overrides=""):
    hparams = Experiment("hparams/dino_ser.yaml", overrides).load()
    found = hparams[system].keywords["steps"]
    return [step.keywords for step in found]


@pytest.mark.parametrize("least_steps", [200, 600])
def test_step_b_is_as_long_as_all_at_once(least_steps):
    text = f"least_steps: {least_steps}"
    affine, everything = steps("two_step_paper", text)
    (once,) = steps("all_at_once", text)
    for key in ("epochs", "least_steps"):
        assert everything[key] == once[key] and affine[key] > 0
    ours = steps("two_step", text)
    # Ours takes step A out of the same budget, which is another question
    assert sum(step["epochs"] for step in ours) == once["epochs"]


def test_the_pretrained_affine_is_kept():
    affine, everything = steps("two_step_paper")
    assert affine["trainable"] == "affine"
    assert everything.get("trainable", "all") == "all"
    for step in (affine, everything):
        assert not step.get("fresh_affine", False)
    assert steps("two_step")[0]["fresh_affine"]


def test_step_b_has_a_low_rate():
    affine, everything = steps("two_step_paper", "lr: 0.002")
    rates = [step["learning_rate"](0.1) for step in (affine, everything)]
    assert rates == pytest.approx([0.002, 0.0002])
    _, everything = steps("two_step_paper", "paper_rate: 0.5")
    assert everything["learning_rate"](0.1) == pytest.approx(0.0005)
