"""A step with one option keeps its class on the way through HyperPyYAML."""

import pytest
from hyperpyyaml import resolve_references

from sb_contrastive.experiment import Experiment

STEP = "!name:sb_contrastive.stages.ClassifierStep {epochs: 2}"


@pytest.mark.parametrize(
    "written",
    [
        f"two_step: !name:sb_contrastive.stages.System {{steps: [{STEP}]}}",
        # whose value stands further down in the file
        "two_step: !name:sb_contrastive.stages.System {steps: [!ref <probe>]}\n"
        f"probe: {STEP.replace('ClassifierStep {epochs', 'ProbeStep {C')}",
    ],
)
def test_a_step_with_one_option_keeps_its_class(tmp_path, written):
    # The reason: should this fail one day, lists can stay as they are written
    text = resolve_references("steps: [!name:a.b {c: 1}]").getvalue()
    assert "{" not in text
    run = Experiment(
        "hparams/dino_ser.yaml",
        f"output_folder: {tmp_path}\n{written}",
    )
    nodes = run.document.nodes
    steps = {key.value: value for key, value in nodes["two_step"].value}
    (step,) = map(run.document.named, steps["steps"].value)
    kind = step.tag.rpartition(".")[2]
    options = [key.value for key, _ in step.value]
    assert (kind, options) in [
        ("ClassifierStep", ["epochs"]),
        ("ProbeStep", ["C"]),
    ]
