"""Whatever is typed after the experiment's name, or misspelt in its YAML: a sentence, or an experiment that loads."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sb_contrastive.experiment import Experiment
from sb_contrastive.experiment.checks import check_stage
from sb_contrastive.experiment.overriding.overrides import parse_arguments

YAML = """
seed: 1986
__set_seed: !apply:speechbrain.utils.seed_everything [!ref <seed>]
output_folder: !ref results/<seed>
stages: [pretrain]
pretrain: !name:sb_contrastive.stages.pretrain
    epochs: !ref <epochs>
manifest: null
epochs: 2
lr: 0.01
tensorboard: False
trim_silence_db: 0
gently: !name:sb_contrastive.stages.ClassifierStep
    trainable: output
    epochs: 1
    learning_rate: null
two_step: !name:sb_contrastive.stages.System
    steps: [!ref <gently>]
crops: !new:sb_contrastive.data.views.RandomCrops
    counts: [1]
    seconds: [0.5]
    seed: !ref <seed>
pretrain_batch_size: 4
classification_brain: null
encoder: !new:torch.nn.Linear
    in_features: 2
    out_features: 3
pretraining_brain: !name:sb_contrastive.brains.SimCLRBrain
    modules: {encoder: !ref <encoder>}
    learning_rate: !new:sb_contrastive.schedules.WarmupCosine
        peak: !ref <lr>
"""
KEYS = st.sampled_from(
    [
        "seed",
        "epochs",
        "epoch",
        "lr",
        "tensorboard",
        "trim_silence_db",
        "stages",
        "pretrain",
        "manifest",
        "gently",
        "crops",
        "encoder",
        "output_folder",
        "pretraining_brain",
        "__set_seed",
        "nothing",
        "",
        "[a]",
        "{a: b}",
    ]
)
VALUES = st.sampled_from(
    [
        "3",
        "0",
        "-1",
        "2.5",
        "1e-3",
        "1e400",
        "99999999999",
        "ten",
        "null",
        "",
        "nan",
        "True",
        "[1, 2]",
        "[]",
        "[1",
        "{",
        "{}",
        "{a: 1}",
        "{epochs: 3}",
        "{epoch: 3}",
        "{seconds: [0.3]}",
        "{seconds: 0.3}",
        "{secnds: [0.3]}",
        "{trainable: all}",
        "{trainible: all}",
        "{in_features: x}",
        "a: b",
        "a #b",
        "'",
        "*a",
        "&a",
        "!ref <lr>",
        "!ref <no>",
        "!new:no.Such",
        "!new:torch.nn.Linear {}",
        "!name:sb_contrastive.stages.pretrain {epoch: 1}",
        "!include:no.yaml",
        "\t",
        "../../x",
        "é",
    ]
)


@pytest.fixture(scope="module")
def write(tmp_path_factory):
    """Writes a YAML and returns its path."""
    folder = tmp_path_factory.mktemp("yaml")

    def write(text=YAML):
        path = folder / "mine.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(KEYS, VALUES), min_size=1, max_size=2))
def test_a_sentence_or_an_experiment(write, sentence, pairs):
    text = "\n".join(f"{key}: {value}" for key, value in pairs)
    experiment, said = sentence(Experiment, write(), text)
    if experiment is not None:
        for stage in experiment.hparams["stages"] or ():
            if stage in ("pretrain", "two_step"):
                sentence(check_stage, experiment.document, stage, "mine.yaml")
        hparams = experiment.hparams
        assert isinstance(hparams["epochs"], int) and hparams["epochs"] >= 0
        assert isinstance(hparams["lr"], (int, float))
        assert isinstance(hparams["tensorboard"], bool)
    else:
        # The value, its file or the option it belongs to
        near = ["mine.yaml", "--", "command line"]
        near += [key for key, _ in pairs]
        assert any(name and name in said for name in near), said


@pytest.mark.parametrize(
    "override, said",
    [
        ("epochs: ten", "--epochs is a whole number such as 2, got 'ten'"),
        ("epochs: 2.5", "--epochs is a whole number such as 2, got '2.5'"),
        (
            "epochs: !ref <lr>",
            "--epochs is a whole number such as 2, got '0.01",
        ),
        ("lr: !ref <lr> * 2", "--lr refers to itself: give the value"),
        ("epochs: -1", "--epochs is a whole number"),
        ("lr:", "--lr is a number such as 0.01, got ''"),
        ("tensorboard: maybe", "--tensorboard is True or False"),
        ("seed: 4294967296", "--seed is at most 4294967295"),
        ("crops: 3", "--crops has the parts counts, seconds, seed"),
        ("stages: pretrain", r"--stages is a list: write \[pretrain\]"),
        ("gently: {trainible: all}", "'trainible' .*did you mean 'trainable'"),
        ("pretrain: {epoch: 3}", "'epoch' that pretrain does not take; did "),
        ("epoch: 3", "no value --epoch; did you mean 'epochs'"),
        (
            "crops: {secnds: [1]}",
            "'secnds' that RandomCrops does not take; did you mean 'seconds'",
        ),
        ("epochs 3", "values are given as --key value"),
        ("manifest: a: b.csv", "no YAML .*put quotes"),
    ],
)
def test_what_is_said(write, override, said):
    with pytest.raises(ValueError, match=said):
        Experiment(write(), override)


@pytest.mark.parametrize(
    "good, value",
    [
        ("lr: 1e-3", 0.001),
        ("trim_silence_db: 25.5", 25.5),
        ("epochs: 0", 0),
        ("output_folder: 7", "7"),
        ("manifest: my.csv,more", "my.csv,more"),
    ],
)
def test_what_is_accepted(write, good, value):
    key = good.split(":")[0]
    assert Experiment(write(), good).hparams[key] == value


@pytest.mark.parametrize(
    "before, after, said",
    [
        ("manifest: null", "balence: corpus", "'balence' .*mean 'balance'"),
        ("lr: 0.01", "lr: 0.01\nprecison: bf16", "did you mean 'precision'"),
        (
            "epochs: 1\n    l",
            "epochs: 1\n    encoder_rat: 1\n    l",
            "mean 'encoder_rate'",
        ),
        ("epochs: 2\n", "epochs: 2\nepochs: 3\n", "mine.yaml.* is no YAML"),
        ("lr: 0.01", "lr: [0.01", "mine.yaml:.* is no YAML"),
        ("modules:", "module:", "'module' that SimCLRBrain .*mean 'modules'"),
        ("<lr>", "<rate>", "rate"),
        (
            "views.RandomCrops",
            "views.RandomCrop",
            "mine.yaml: There is no such class .*the module sb_contrastive.data."
            "views .*has no 'RandomCrop'; did you mean 'RandomCrops'",
        ),
        (YAML, "just words", "mine.yaml is no experiment"),
    ],
)
def test_a_mistake_in_the_file(write, before, after, said):
    with pytest.raises(ValueError, match=said):
        Experiment(write(YAML.replace(before, after, 1)))


def test_folds_may_be_subjects():
    text = "folds: each_subject\nvalidation: stratified"
    folds = Experiment("hparams/dino_ad.yaml", text).hparams["folds"]
    assert folds == "each_subject"


@pytest.mark.parametrize(
    "before, after, said",
    [
        ("    epochs: 1\n    l", "    l", "gently needs 'epochs', which Class"),
        ("pretrain_batch_size: 4\n", "", "pretrain needs 'pretrain_batch_s"),
    ],
)
def test_a_stage_that_lacks_a_value_is_told_before_it_runs(
    write, before, after, said
):
    experiment = Experiment(write(YAML.replace(before, after, 1)))
    with pytest.raises(ValueError, match=said):
        for stage in ("two_step", "pretrain"):
            check_stage(experiment.document, stage, "mine.yaml")


@pytest.fixture
def typed():
    """Returns what words after train.py make of a value of an experiment."""

    def read(name, *words, file="hparams/dino_ser.yaml"):
        path, run_opts, overrides = parse_arguments([file, *words])
        return Experiment(path, overrides, run_opts).hparams.get(name)

    return read


@pytest.mark.parametrize(
    "words, value",
    [
        (["--fold", "007"], "007"),
        (["--fold", "0x1F"], "0x1F"),
        (["--fold=1e3"], "1e3"),
        (["--fold", "off"], "off"),
        (["--fold", "(b)"], "(b)"),
        (["--fold", "12:30"], "12:30"),
        (["--fold", "null"], None),
        (["--manifest", "x=y/z #3.csv"], "x=y/z #3.csv"),
        (["--manifest=x=y"], "x=y"),
        (["--manifest", "a: b"], "a: b"),
        (["--manifest", "{a}, [b]"], "{a}, [b]"),
        (["--unlabelled", "[draft"], "[draft"),
        (["--unlabelled", '["a,b", c]'], ["a,b", "c"]),
        (["--output_folder", "it's é"], "it's é"),
        (["--musan_folder", "2024"], "2024"),
        (["--classes", "[no, 3, 010, null]"], ["no", "3", "010", "null"]),
        (["--stages", "[report]"], ["report"]),
        (["--label_fraction", "[0.1, 1]"], [0.1, 1]),
        (["--lr", "1e-3"], 0.001),
        (["--window_seconds", "null"], None),
    ],
)
def test_what_names_something_is_taken_to_the_letter(typed, words, value):
    name = words[0].removeprefix("--").split("=")[0]
    assert typed(name, *words) == value


@pytest.mark.parametrize(
    "words, said",
    [
        (["--classes", "sad"], r"--classes is a list: write \[sad\]"),
        (["--classes", "[a: b]"], "--classes is a list of names: put quotes"),
        (["--classes", "[a"], "--classes is no YAML"),
        (["--manifest", ""], "--manifest is empty"),
        (["--tensorboard", "yes"], "--tensorboard is True or False"),
        (["more", "--fold", "1"], "given as --key value, got 'more'"),
        (["--debug", "more"], "given as --key value, got 'more'"),
    ],
)
def test_words_that_do_not_fit(typed, words, said):
    with pytest.raises(ValueError, match=said):
        typed("fold", *words)


def test_names_in_a_file_and_in_parts_are_text_too(write):
    text = YAML.replace("manifest: null", "manifest: 2024\nclasses: [1, on]")
    hparams = Experiment(write(text), "two_step: {start: 01}").hparams
    assert hparams["manifest"] == "2024" and hparams["classes"] == ["1", "on"]
    experiment = Experiment(write(text), "two_step: {start: 01}")
    assert experiment.system("two_step").start == "01"


def test_ways_to_score_have_names_of_the_users_own():
    words = ["hparams/moco_am_sv.yaml", "--verify"]
    words += ["{scorings: {ten cuts: {segments: 10x2s_mean}, 3: {}}}"]
    path, run_opts, overrides = parse_arguments(words)
    verify = Experiment(path, overrides, run_opts).document.nodes["verify"]
    scorings = dict((k.value, v) for k, v in verify.value)["scorings"]
    assert {"ten cuts", "3", "cosine"} <= {k.value for k, _ in scorings.value}


def test_a_stage_without_options_is_given_some():
    experiment = Experiment("hparams/dino_ser.yaml", "report: {positive: 01}")
    report = experiment.blueprint("report")
    assert report.target.__name__ == "report"
    assert report.options()["positive"].value == "01"


def test_an_experiment_has_to_be_named():
    with pytest.raises(ValueError, match="name an experiment first"):
        parse_arguments(["--seed", "3"])


def test_an_option_cut_short_is_refused():
    # SpeechBrain would read it, and then use the YAML's value
    with pytest.raises(ValueError, match="no option --prec: write --precision"):
        parse_arguments(["mine.yaml", "--prec", "bf16"])
    _, options, rest = parse_arguments(["mine.yaml", "--precision=bf16"])
    assert options["precision"] == "bf16" and not rest
