"""A step with one option keeps its class on the way through HyperPyYAML."""

from hyperpyyaml import resolve_references

from sb_contrastive.experiment import Experiment

STEP = "!name:sb_contrastive.stages.ClassifierStep {epochs: 2}"


def test_a_step_with_one_option_keeps_its_class(tmp_path):
    # The reason: should this fail one day, lists can stay as they are written
    text = resolve_references("steps: [!name:a.b {c: 1}]").getvalue()
    assert "{" not in text
    run = Experiment(
        "hparams/dino_ser.yaml",
        f"output_folder: {tmp_path}\n"
        f"two_step: !name:sb_contrastive.stages.System {{steps: [{STEP}]}}",
    )
    (step,) = dict(
        (key.value, value)
        for key, value in run.document.nodes["two_step"].value
    )["steps"].value
    assert step.tag == "!name:sb_contrastive.stages.ClassifierStep"
    assert [key.value for key, _ in step.value] == ["epochs"]
