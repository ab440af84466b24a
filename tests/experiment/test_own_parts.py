"""Stages, steps and columns of a user's own: any callable named in `stages` is a stage, and settings know it."""

import json

import pytest

from sb_contrastive.experiment import Experiment

MINE = '''
from sb_contrastive.rows.labelled import labelled_rows
from sb_contrastive.stages import ClassifierStep


def count(experiment, name, column="label", rows=labelled_rows, *, least: int):
    """Counts the utterances of each class that has enough.

    Arguments
    ---------
    column : str
        Column of the manifest.
    least : int
        Fewer do not count.
    """
    found = {}
    for row in experiment.once(rows):
        found[row[column]] = found.get(row[column], 0) + 1
    counts = {k: n for k, n in found.items() if n >= least}
    (experiment.folder / f"{name}.txt").write_text(repr(counts))


class NoisyStep(ClassifierStep):
    """A step that notes how loud its noise was."""

    def __init__(self, experiment, part, name, /, loudness, **options):
        super().__init__(experiment, part, name, **options)
        self.loudness = loudness

    def run(self, start, first):
        brain = super().run(start, first)
        (self.folder / "noise.txt").write_text(str(self.loudness))
        return brain
'''
YAML = """
experiment: own
seed: 1986
__set_seed: !apply:speechbrain.utils.seed_everything [!ref <seed>]
output_folder: null
stages: [scratch, count]
count: !name:{module}.count
    column: session
scratch: !name:sb_contrastive.stages.System
    steps: [!ref <noisy>]
noisy: !name:{module}.NoisyStep
    loudness: 3
    epochs: 1
    learning_rate: !new:sb_contrastive.schedules.Constant
        value: 0.01
least: 1
encoder: !include:{encoder}
batch_size: 4
chunk: !new:sb_contrastive.data.views.RandomCrops
    counts: [1]
    seconds: [0.5]
    seed: !ref <seed>
classification_brain: !name:sb_contrastive.brains.ClassificationBrain
    opt_class: !name:torch.optim.SGD
"""


@pytest.fixture(scope="module")
def corpus(tiny_corpora):
    return tiny_corpora / "iemocap"


@pytest.fixture
def own(tmp_path, corpus, tiny_encoder):
    """Makes an experiment with a stage and a step of its own."""
    (tmp_path / "my_parts.py").write_text(MINE, encoding="utf-8")
    text = YAML.format(module="my_parts", encoder=tiny_encoder)
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")

    def make(**values):
        values = {
            "output_folder": tmp_path / "run",
            "data_folder": corpus,
            "prepare": "!name:sb_contrastive.corpora.prepare_iemocap"
            " {expected_utterances: 40}",
            "fold": 1,
            **values,
        }
        text = "\n".join(f"{key}: {value}" for key, value in values.items())
        return Experiment(tmp_path / "mine.yaml", text)

    return make


def test_own_step_and_stage_run_and_are_checked(own, capsys):
    run = own()
    run.run()
    noise = run.folder / "labels_100/scratch/fold_1/noisy/noise.txt"
    assert noise.read_text() == "3"
    counts = (run.folder / "count.txt").read_text()
    assert sum(eval(counts).values()) == 40
    # Added after training, with another option: nothing of it was trained
    own(stages="[count]", count="{column: label}", least=30).run()
    assert (run.folder / "count.txt").read_text() == "{}"
    # What was trained keeps its settings, those of an own step too
    with pytest.raises(
        ValueError, match="scratch: noisy loudness: 3 there, 4 now"
    ):
        own(noisy="{loudness: 4}").run()
    record = json.loads((run.folder / "settings.json").read_text())
    assert "least" in record["count"] and "least" not in record["scratch"]


@pytest.mark.parametrize(
    "values, said",
    [
        ({"count": "{colum: label}"}, "'colum' that count does not take; did"),
        ({"noisy": "{loudnes: 1}"}, "'loudnes' that NoisyStep does not take"),
        ({"leest": 3}, "no value --leest; did you mean 'least'"),
        ({"least": "x"}, "--least is a whole number such as 1, got 'x'"),
    ],
)
def test_mistakes_in_own_parts_are_told_by_their_signatures(own, values, said):
    with pytest.raises(ValueError, match=said):
        own(**values)


def test_an_own_step_that_lacks_an_option_is_told_before_training(
    own, tmp_path
):
    path = tmp_path / "mine.yaml"
    path.write_text(path.read_text().replace("    loudness: 3\n", ""))
    with pytest.raises(ValueError, match="noisy needs 'loudness', which Noisy"):
        own().run()
    assert not (tmp_path / "run").exists()
