"""Plans of runs: commands, references and the mistakes that a study may hold."""

import pytest
import yaml

from sb_contrastive.study.plan import plan_runs


@pytest.fixture
def plan(tmp_path):
    (tmp_path / "a.yaml").write_text("seed: 1\nstart: null\nstep:\n    lr: 1\n")
    (tmp_path / "b.yaml").write_text("seed: 1\nmanifest: null\n")

    def make(runs, seeds=(1,), common=None):
        return plan_runs(
            runs, seeds, tmp_path / "runs", "train.py", tmp_path, common
        )

    return make


def options(run):
    """{key: value} as the experiment's YAML parser reads them."""
    keys, values = run.command[2::2], run.command[3::2]
    return {
        k.removeprefix("--"): yaml.safe_load(v) for k, v in zip(keys, values)
    }


def test_every_run_with_every_seed(plan, tmp_path):
    runs = {"x": {"experiment": "a.yaml"}, "y": {"experiment": "b.yaml"}}
    planned = plan(runs, seeds=[3, 4])
    assert [(r.name, r.seed) for r in planned] == [
        ("x", 3),
        ("y", 3),
        ("x", 4),
        ("y", 4),
    ]
    assert len({r.folder for r in planned}) == 4
    for run in planned:
        given = options(run)
        assert given["seed"] == run.seed
        assert given["output_folder"] == str(run.folder)


def test_values_survive_the_command_line(plan):
    values = {
        "none": None,
        "flag": True,
        "number": 1e-4,
        "list": [0.1, "a b"],
        "mapping": {"k": {"j": "x: y"}},
        "text": "two words",
    }
    (run,) = plan({"x": {"experiment": "a.yaml", **values}})
    given = options(run)
    assert {k: given[k] for k in values} == values


def test_a_reference_is_the_folder_of_the_same_seed(plan):
    runs = {
        "x": {"experiment": "b.yaml"},
        "y": {
            "experiment": "a.yaml",
            "start": "$x/pretrain",
            "step": {"start": ["$x"], "price": "5$x"},
        },
    }
    for first, second in zip(*[iter(plan(runs, seeds=[1, 2]))] * 2):
        assert second.needs == (first.folder,) and first.needs == ()
        given = options(second)
        assert given["start"] == f"{first.folder}/pretrain"
        assert given["step"] == {"start": [str(first.folder)], "price": "5$x"}


def test_a_run_made_once_serves_every_seed(plan):
    runs = {
        "x": {"experiment": "b.yaml", "once": True},
        "y": {"experiment": "a.yaml", "start": "$x/pretrain"},
    }
    planned = plan(runs, seeds=[1, 2])
    assert [(r.name, r.seed) for r in planned] == [("x", 1), ("y", 1), ("y", 2)]
    assert "once" not in options(planned[0])
    for run in planned[1:]:
        assert run.needs == (planned[0].folder,)
        assert options(run)["start"] == f"{planned[0].folder}/pretrain"


def test_common_values_go_where_they_are_known(plan):
    runs = {
        "x": {"experiment": "a.yaml"},
        "y": {"experiment": "b.yaml"},
        "z": {"experiment": "b.yaml", "manifest": "own.csv"},
    }
    x, y, z = map(options, plan(runs, common={"manifest": "my.csv"}))
    assert "manifest" not in x
    assert y["manifest"] == "my.csv" and z["manifest"] == "own.csv"


def test_values_of_an_encoder_go_to_the_runs_that_have_it(plan, tmp_path):
    (tmp_path / "models").mkdir()
    for name in ("tuned", "ecapa"):
        hub = "hub: null" if name == "tuned" else "channels: 64"
        text = f"!new:a.B\nfrontend: !new:c.D {{{hub}}}"
        (tmp_path / "models" / f"{name}.yaml").write_text(text)
    (tmp_path / "sv.yaml").write_text("encoder: !include:models/ecapa.yaml\n")
    runs = {
        "x": {"experiment": "sv.yaml"},
        "y": {"experiment": "sv.yaml", "encoder": "ecapa"},
        "z": {"experiment": "b.yaml"},
    }
    common = {"encoder": "tuned", "hub": "whisper"}
    x, y, z = map(options, plan(runs, common=common))
    assert x["encoder"] == "tuned" and x["hub"] == "whisper"
    assert y["encoder"] == "ecapa" and "hub" not in y
    assert "encoder" not in z and "hub" not in z
    # As on a command line, the experiment's own encoder has values, too
    (included,) = plan({"x": runs["x"]}, common={"channels": 32})
    assert options(included)["channels"] == 32
    for later in ("$z/encoder.yaml", None):
        after = {"z": runs["z"], "x": {**runs["x"], "encoder": later}}
        assert "hub" not in options(plan(after, common={"manifest": "m"})[1])
    with pytest.raises(ValueError, match="'x' .* no encoder 'tunde'.*'tuned'"):
        plan(runs, common={"encoder": "tunde"})
    (tmp_path / "sv.yaml").write_text(
        "encoder: !include:models/ecapa.yaml\npretrain: 1\nstages: [pretrain]\n"
    )
    chosen = {"x": {**runs["x"], "choose": {"encoder": ["tuned", "ecapa"]}}}
    with pytest.raises(ValueError, match="'hub' is known to some of the cand"):
        plan(chosen, common={"encoder": "tuned", "hub": "whisper"})


def test_values_of_positives_go_to_the_runs_that_have_them(plan, tmp_path):
    (tmp_path / "positives").mkdir()
    text = "stored: null\npositives: !new:a.B {size: !ref <stored>}\n"
    (tmp_path / "positives" / "ssps.yaml").write_text(text)
    (tmp_path / "sv.yaml").write_text("positives: null\n")
    runs = {
        "x": {"experiment": "sv.yaml", "positives": "ssps"},
        "y": {"experiment": "sv.yaml", "positives": None},
    }
    x, y = map(options, plan(runs, common={"stored": 320}))
    assert x["stored"] == 320 and "stored" not in y


def test_mistakes_are_named(plan):
    with pytest.raises(ValueError, match="run 'x' of the study has no `exper"):
        plan({"x": {}})
    with pytest.raises(FileNotFoundError, match="did you mean 'a.yaml'"):
        plan({"x": {"experiment": "aa.yaml"}})
    late = {
        "y": {"experiment": "a.yaml", "start": "$dino"},
        "dino": {"experiment": "b.yaml"},
    }
    with pytest.raises(
        ValueError, match=r"'y' .* refers to \$dino, which is no"
    ):
        plan(late)
    with pytest.raises(ValueError, match="'manifst'; did you mean 'manifest'"):
        plan({"x": {"experiment": "b.yaml"}}, common={"manifst": 1})
