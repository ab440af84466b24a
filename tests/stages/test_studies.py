"""The studies that are shipped: every run of theirs is a valid experiment, every question has its systems."""

from pathlib import Path

import pytest

from sb_contrastive.experiment import Experiment
from sb_contrastive.experiment.checks import check_stage
from sb_contrastive.experiment.overriding.overrides import parse_arguments
from sb_contrastive.stages.studies import planned

STUDIES = [
    "transfer_study",
    "transfer_ad_study",
    "combined_study",
    "adapter_study",
    "objectives_study",
    "positives_study",
]


def overrides(run):
    """The run's values as the command line gives them to its experiment."""
    pairs = zip(run.command[2::2], run.command[3::2])
    return "\n".join(f"{k.removeprefix('--')}: {v}" for k, v in pairs)


@pytest.mark.parametrize("name", STUDIES)
def test_runs_and_questions_fit_the_experiments(name, tmp_path):
    study = Experiment(f"hparams/{name}.yaml", f"output_folder: {tmp_path}")
    runs = study.call(planned)
    seeds = study.hparams["seeds"]
    given = study.hparams["study"]
    once = [v.get("once", False) for v in given.values()]
    own = [run for run in runs if run.name in given]
    assert len(own) == sum(1 if o else len(seeds) for o in once)
    trained, checked = set(), {}
    for run in own[: len(given)]:
        values = dict(zip(run.command[2::2], run.command[3::2]))
        # One of those that differ in what they start from, or in the objective
        for key in ("--output_folder", "--start", "--objective"):
            values.pop(key, None)
        alike = run.command[1], *values.items()
        if alike not in checked:
            document = Experiment(run.command[1], overrides(run)).document
            checked[alike] = document.build(["stages"])["stages"]
            for stage in checked[alike]:
                check_stage(document, stage, run.command[1])
        trained |= {f"{run.name}/{stage}" for stage in checked[alike]}
    questions = study.blueprint("answers").build().keywords["questions"]
    for question in questions.values():
        if "ranks" not in question:
            places = question["systems"].values()
            stages = {"/".join(place.split("/")[:2]) for place in places}
            assert stages <= trained
            against = question.get("against", next(iter(question["systems"])))
            assert against in question["systems"]


def test_every_objective_is_in_the_study_and_chooses_its_rate(tmp_path):
    study = Experiment(
        "hparams/objectives_study.yaml",
        f"output_folder: {tmp_path}\nseeds: [1, 2]\nrates: [0.1, 0.2, 0.3]",
    )
    runs = study.call(planned)
    objectives = {file.stem for file in Path("hparams/objectives").iterdir()}
    names = [run.name for run in runs]
    for name in objectives:
        tries = [f"{name}_lr_{rate}" for rate in (0.1, 0.2, 0.3)]
        assert [names.count(n) for n in (*tries, name)] == [1, 1, 1, 2]
        assert names.count(f"{name}_emotion") == 2
    composed = [run for run in runs if "composed_sv" in run.command[1]]
    assert len({run.name for run in composed if run.choice}) >= 4
    study.blueprint("answers").check()


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_may_grow(name, tmp_path):
    file, folder = f"hparams/{name}.yaml", f"output_folder: {tmp_path}"
    key, value = "label_fraction", 0.1
    if name == "positives_study":
        key, value = "trim_silence_db", 30
    few = Experiment(file, f"{folder}\nseeds: [1]\nonly: [dino]\njobs: 2")
    few.settings.begin("runs")
    few.call(planned)
    (tmp_path / "runs" / "dino_1").mkdir(parents=True)
    (tmp_path / "runs" / "dino_1" / "encoder.ckpt").touch()
    Experiment(file, f"{folder}\nseeds: [1, 2]").settings.check(["runs"])
    was = few.hparams[key]
    other = Experiment(file, f"{folder}\n{key}: {value}")
    with pytest.raises(ValueError, match=f"{key}: {was} there, .*{value} now"):
        other.settings.check(["runs"])


@pytest.mark.parametrize("name", STUDIES)
def test_run_options_reach_every_run(name, tmp_path):
    words = [f"hparams/{name}.yaml", "--output_folder", str(tmp_path)]
    words += ["--noprogressbar", "--max_grad_norm", "1.5"]
    words += ["--precision", "bf16"]
    file, run_opts, text = parse_arguments(words)
    for run in Experiment(file, text, run_opts).call(planned):
        _, given, text = parse_arguments(run.command[1:])
        assert given["precision"] == "bf16" and given["max_grad_norm"] == 1.5
        assert not given["noprogressbar"]  # `run_all` says so itself
    experiment = Experiment(run.command[1], text, given)
    assert experiment.run_opts["precision"] == "bf16"


def test_names_in_a_study_are_text_to_the_letter(tmp_path):
    study = Experiment(
        "hparams/transfer_study.yaml",
        f"""
        output_folder: {tmp_path}
        seeds: [1]
        manifest: 2024-05-06
        classes: [010, no, 1.0]
        study:
            random: {{fold: 01, statistics_probe: {{start: 1_0}}}}
            clean: {{fold: "null", classes: [yes, 1e3, null], chunk_seconds: 3.0}}
            short_chunks: {{fold: null, unlabelled: [off, 0x1F]}}
        """,
    )
    runs = {run.name: run for run in study.call(planned)}
    values = {
        name: Experiment(*parse_arguments(run.command[1:])[::2]).hparams
        for name, run in runs.items()
        if name != "speakers"
    }
    assert values["dino"]["classes"] == ["010", "no", "1.0"]
    assert values["dino"]["manifest"] == "2024-05-06"
    assert values["random"]["fold"] == "01"
    words = runs["random"].command
    at = words.index("--statistics_probe")
    assert words[at + 1] == '{"start": "1_0"}'
    assert values["clean"]["fold"] == "null"
    assert values["clean"]["classes"] == ["yes", "1e3", "null"]
    assert values["clean"]["chunk_seconds"] == 3.0
    assert values["short_chunks"]["fold"] is None
    assert values["short_chunks"]["unlabelled"] == ["off", "0x1F"]
