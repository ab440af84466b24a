"""Scripts that read the output folders of finished runs, on folders written by hand."""

import importlib
import json
import shutil

import numpy as np
import pytest
import soundfile

from sb_contrastive.data.channel_notice import NOTE, leave_channel_notice
from sb_contrastive.data.manifests.manifest import write_manifest
from tests.benchmarks.conftest import FOLDER

RATE = 16000
COST = {
    "train_seconds": 90.0,
    "trainable_parameters": 1234567,
    "peak_memory_gib": 1.5,
}


def write_predictions(folder, hits):
    """Write the predictions of two folds, [(speaker, label, hit), ...] each."""
    for fold, rows in hits.items():
        path = folder / fold / "predictions.csv"
        path.parent.mkdir(parents=True)
        lines = ["ID,spk_id,fold,label,prediction"]
        for i, (speaker, label, hit) in enumerate(rows):
            guess = label if hit else "wrong"
            lines.append(f"u{i},{speaker},{fold},{label},{guess}")
        path.write_text("\n".join(lines) + "\n")


def manifest_rows(folder, speakers, labels=("hap", "sad")):
    """Write noise of each speaker and label, and return its manifest rows."""
    generator, rows = np.random.default_rng(0), []
    for s, speaker in enumerate(speakers):
        for k, label in enumerate(labels):
            path = folder / f"{speaker}_{label}.wav"
            noise = generator.standard_normal(RATE // 2) * (0.01 + 0.1 * k)
            soundfile.write(path, noise, RATE)
            rows.append(
                {
                    "ID": path.stem,
                    "duration": 0.5,
                    "wav": path.as_posix(),
                    "start": 0,
                    "stop": RATE // 2,
                    "spk_id": speaker,
                    "label": label,
                    "fold": str(s),
                }
            )
    return rows


def test_curves_are_drawn(benchmark_script, tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        log = {"epochs": [{"kl": 1.0, "loss": 2.0}, {"kl": 0.5, "loss": 1.0}]}
        (tmp_path / name / "log.json").write_text(json.dumps(log))
    benchmark_script(
        "tables/compare_curves.py",
        *(tmp_path / "a", tmp_path / "b"),
        *("--titles", "one,two", "--figures", "kl,loss", "-o", "curves.png"),
    )
    assert (tmp_path / "curves.png").stat().st_size > 1000


def test_seeds_are_compared_with_the_baseline(benchmark_script, tmp_path):
    right = [(s, c, True) for s in "pq" for c in ("hap", "sad")]
    half = [(s, c, c == "hap") for s in "pq" for c in ("hap", "sad")]
    for seed in "12":
        folder = tmp_path / seed / "labels_100"
        write_predictions(folder / "new", {"fold_1": right, "fold_2": right})
        write_predictions(
            folder / "from_scratch", {"fold_1": half, "fold_2": right}
        )
    printed = benchmark_script(
        "tables/compare_seeds.py",
        *(tmp_path / "1", tmp_path / "2"),
        *("--figure", tmp_path / "labels.png"),
    )
    assert "| 100 % | new | 2 | 100.0 ± 0.0 | 100.0 ± 0.0 | 0.0 |" in printed
    (gain,) = [line for line in printed if "new | 2 | +" in line]
    assert "+25.0 (+25.0, +25.0)" in gain  # a quarter of 4 recalls
    assert (tmp_path / "labels.png").stat().st_size > 1000


@pytest.fixture
def verification_run(tmp_path):
    """Two runs of one system and one of another, over one trial list."""
    names = [f"{speaker}_{label}.wav" for speaker in "abc" for label in "xy"]
    rows = manifest_rows(tmp_path, "abc", "xy")
    pairs = [(i, j) for i in range(6) for j in range(i + 1, 6)]
    labels = [names[i][0] == names[j][0] for i, j in pairs]
    trials = tmp_path / "list.txt"
    trials.write_text(
        "".join(
            f"{int(same)} {names[i]} {names[j]}\n"
            for same, (i, j) in zip(labels, pairs)
        )
    )
    for run, gap in (("good_1", 2.0), ("good_2", 2.0), ("bad_1", 0.0)):
        folder = tmp_path / "runs" / run
        (folder / "verify").mkdir(parents=True)
        scores = gap * np.array(labels) + np.linspace(0, 1, len(labels))
        np.savez(folder / "verify" / "encoder.npz", list=scores)
        speakers = {
            side: np.array([pair[k] // 2 for pair in pairs])
            for k, side in enumerate(("first", "second"))
        }
        (folder / "verify" / "trials").mkdir()
        np.savez(
            folder / "verify" / "trials" / "list.npz",
            labels=np.array(labels),
            **speakers,
        )
        told = {
            "experiment": "ntxent_am_sv",
            "command": "python train.py --manifest /home/someone/my.csv",
            "versions": {"sb_contrastive": "0.1.0+g123456789abc"},
            **COST,
        }
        (folder / "results.json").write_text(json.dumps(told))
        for part in ("trials", "training"):
            write_manifest(rows, folder / "manifests" / f"{part}.csv")
    return trials


@pytest.fixture
def two_runs(tmp_path):
    """Output folders of two seeds with two systems, in which speakers, labels
    and folds differ."""
    random, folders = np.random.default_rng(0), []
    for seed in "12":
        folder = tmp_path / f"run_{seed}"
        for system, share in (("new", 0.8), ("from_scratch", 0.4)):
            hits = {
                f"fold_{k}": [
                    (speaker, label, bool(random.random() < share))
                    for speaker in speakers
                    for label in ("hap", "sad", "hap")
                ]
                for k, speakers in enumerate(("pq", "rs"))
            }
            write_predictions(folder / "labels_100" / system, hits)
        told = {
            "experiment": "tuned_ser",
            "seed": int(seed),
            "command": "python train.py --manifest /home/someone/my.csv",
            "versions": {"sb_contrastive": "0.1.0+g123456789abc"},
            "cost": {s: COST for s in ("new", "from_scratch")},
        }
        (folder / "results.json").write_text(json.dumps(told))
        folders.append(folder)
    return folders


def test_kept_runs_have_the_tables_of_their_folders(
    benchmark_script, two_runs, tmp_path
):
    kept = tmp_path / "kept.csv"
    first, second = two_runs
    benchmark_script("tables/compare_seeds.py", first, "--keep", kept)
    printed = benchmark_script(
        "tables/compare_seeds.py", *two_runs, "--keep", kept
    )
    assert benchmark_script("tables/compare_seeds.py", kept) == printed
    assert sum("| 2 |" in line for line in printed) == 3
    assert "| new | 1 234 567 | 1.5 | 1.50 |" in printed
    told = json.loads(kept.with_suffix(".json").read_text())
    assert sorted(told) == ["run_1", "run_2"]
    made = told["run_2"]["new"]
    assert made["versions"]["sb_contrastive"].endswith("123456789abc")
    assert made["cost"] == COST
    assert "/home" not in kept.with_suffix(".json").read_text()
    # Kept once more, nothing is counted twice
    before = kept.read_bytes()
    benchmark_script("tables/compare_seeds.py", second, "--keep", kept)
    assert kept.read_bytes() == before


def test_systems_of_two_runs_are_paired_by_one_name(
    benchmark_script, two_runs, tmp_path
):
    kept = tmp_path / "kept.csv"
    for folder, name in zip(two_runs, ("tuned", "frozen")):
        printed = benchmark_script(
            *("tables/compare_seeds.py", folder, "--keep", kept, "--run", "1"),
            *("--rename", f"new={name}, whole", "--against", "frozen, whole"),
        )
    assert sum("| tuned, whole |" in line for line in printed) == 3
    told = json.loads(kept.with_suffix(".json").read_text())
    assert [told["1"][f"{s}, whole"]["seed"] for s in ("tuned", "frozen")] == [
        1,
        2,
    ]


def test_a_summary_has_the_cost_of_the_start(
    benchmark_script, two_runs, tmp_path
):
    kept = tmp_path / "kept.csv"
    printed = benchmark_script(
        *("tables/compare_seeds.py", *two_runs, "--keep", kept, "--summary"),
        *("--start", two_runs[0], "new"),
    )
    assert len(printed) == 4  # the head of the table and two systems
    best, other = printed[2:]
    assert best.startswith("| new | 2 | ") and other.startswith(
        "| from_scratch | 2 | "
    )
    assert all(
        line.endswith("| 1 234 567 | 3.0 | 1.50 |") for line in (best, other)
    )
    tables = benchmark_script("tables/compare_seeds.py", kept)
    (gain,) = [
        line for line in tables if line.startswith("| 100 % | new | 2 | +")
    ]
    assert best.split(" | ")[5].split(" (")[0] in gain


def test_a_page_is_checked_against_its_measurements(
    benchmark_script, two_runs, tmp_path
):
    kept, page = tmp_path / "kept.csv", tmp_path / "page.md"
    printed = benchmark_script(
        "tables/compare_seeds.py", *two_runs, "--keep", kept
    )
    page.write_text(
        "Before\n\n<!-- compare_seeds kept.csv -->\n<!-- end -->\n\nAfter\n"
    )
    benchmark_script("tables/check_results.py", page, "--write")
    text = page.read_text()
    assert "\n".join(printed) in text
    assert text.startswith("Before\n") and text.endswith("\nAfter\n")
    said = benchmark_script("tables/check_results.py", page)
    assert said == ["1 tables are those of the measurements"]
    page.write_text(
        text.replace("| 100 % | new | 2 | ", "| 100 % | new | 2 | 9", 1)
    )
    with pytest.raises(AssertionError):  # the script has failed
        benchmark_script("tables/check_results.py", page)


def test_verification_is_summarised(benchmark_script, verification_run):
    runs = sorted((verification_run.parent / "runs").iterdir())
    printed = benchmark_script(
        "tables/compare_verification.py", *runs, "--against", "bad"
    )
    (good,) = [
        line for line in printed if line.startswith("| good | 2 | 0.0 ± 0.0 |")
    ]
    # Scores of "bad" rise with the pairs: one of 3 targets and 4 of 12 others err
    assert "| -33.3 (" in good
    assert "| good | 1 234 567 | 1.5 | 1.50 |" in printed
    assert NOTE not in printed


def test_kept_trials_have_the_tables_of_their_folders(
    benchmark_script, verification_run, tmp_path
):
    runs = sorted((verification_run.parent / "runs").iterdir())
    kept, renamed = tmp_path / "kept.npz", ("--rename", "good=right, long")
    arguments = ("--against", "bad")
    told = benchmark_script("tables/compare_verification.py", *runs, *arguments)
    for run in reversed(runs):
        printed = benchmark_script(
            *("tables/compare_verification.py", run, "--keep", kept),
            *(*renamed, *arguments),
        )
    assert sorted(printed) == sorted(
        line.replace("| good |", "| right, long |") for line in told
    )
    assert "/home" not in kept.with_suffix(".json").read_text()
    before = kept.read_bytes()
    benchmark_script(
        *("tables/compare_verification.py", runs[1], "--keep", kept, *renamed)
    )
    assert kept.read_bytes() == before


def test_a_summary_has_all_lists_and_encoders(
    benchmark_script, verification_run, tmp_path
):
    runs = sorted((verification_run.parent / "runs").iterdir())
    for run in runs:
        path = run / "verify" / "encoder.npz"
        with np.load(path) as scores:
            np.savez(path, list=scores["list"], other=scores["list"])
        for part in ("encoder, AS-norm", "random_weights"):
            path.with_name(f"{part.replace(' ', '_')}.npz").write_bytes(
                path.read_bytes()
            )
        sides = run / "verify" / "trials"
        (sides / "other.npz").write_bytes((sides / "list.npz").read_bytes())
    printed = benchmark_script(
        "tables/compare_verification.py", *runs, "--summary"
    )
    assert "EER %, list | EER %, other | trained" in printed[0]
    systems = [line.split(" | ")[0] for line in printed[2:]]
    assert sorted(systems) == [
        "| bad",
        "| bad, AS-norm",
        "| good",
        "| good, AS-norm",
        "| random weights",
    ]
    zero = "0.0 ± 0.0 (0.0 to 0.0)"
    for name in ("good", "good, AS-norm"):
        assert (
            f"| {name} | 2 | {zero} | {zero} | 1 234 567 | 1.5 | 1.50 |"
            in printed
        )
    few = benchmark_script(
        *(
            "tables/compare_verification.py",
            *runs,
            "--summary",
            "--systems",
            "good",
        )
    )
    assert few == [*printed[:2], *few[2:]] and len(few) == 4
    assert set(few) < set(printed)
    # Two encoders in one run are systems of their own names
    other = runs[0] / "verify" / "other.npz"
    other.write_bytes((runs[0] / "verify" / "encoder.npz").read_bytes())
    printed = benchmark_script(
        "tables/compare_verification.py", runs[0], "--summary"
    )
    systems = {line.split(" | ")[0] for line in printed[2:]}
    assert {"| encoder", "| other"} <= systems


def test_kept_trials_are_checked_on_a_page(
    benchmark_script, verification_run, tmp_path
):
    runs = sorted((verification_run.parent / "runs").iterdir())
    benchmark_script(
        *(
            "tables/compare_verification.py",
            *runs,
            "--keep",
            tmp_path / "kept.npz",
        )
    )
    page = tmp_path / "page.md"
    page.write_text(
        "<!-- compare_verification kept.npz --list list -->\n<!-- end -->\n"
        "<!-- compare_verification kept.npz --costs -->\n<!-- end -->\n"
    )
    benchmark_script("tables/check_results.py", page, "--write")
    text = page.read_text()
    assert text.count("| good | 2 | 0.0 ± 0.0 |") == 1
    assert text.count("| good | 1 234 567 | 1.5 | 1.50 |") == 1


def test_a_table_says_that_channels_are_simulated(
    benchmark_script, verification_run, tmp_path
):
    runs = sorted((verification_run.parent / "runs").iterdir())
    leave_channel_notice(runs[0] / "manifests")
    kept = tmp_path / "kept.npz"
    for places in ([*runs, "--keep", kept], [kept]):
        printed = benchmark_script("tables/compare_verification.py", *places)
        assert printed[0] == NOTE


@pytest.fixture
def selection_runs(tmp_path):
    """Logs of two runs: LiDAR orders epochs as the error does, RankMe the other
    way round, and the rest says nothing."""
    errors = {"good": [0.3, 0.1, 0.2, 0.15], "bad": [0.4, 0.35, 0.2, 0.25]}
    for run, values in errors.items():
        rows = [
            {
                "epoch": epoch,
                "EER_list": error,
                "UA": 1 - error,
                "lidar": 10 - error,
                "rankme": error,
                "alpha_req": 1.0,
                "crop_eer": 0.1,
                "cluster_stability": 0.5,
            }
            for epoch, error in enumerate(values, start=1)
        ]
        (tmp_path / run / "pretrain").mkdir(parents=True)
        log = {"epochs": rows, "selected_epoch": 2}
        path = tmp_path / run / "pretrain" / "log.json"
        path.write_text(json.dumps(log))
    return [tmp_path / run for run in errors]


def test_choosing_without_labels_is_compared_with_the_oracle(
    benchmark_script, selection_runs
):
    printed = benchmark_script("tables/compare_selection.py", *selection_runs)
    assert printed[0] == "EER_list: 8 checkpoints of 2 runs"
    assert "| lidar | +1.00 | +1.00 |" in printed
    assert "| rankme | -1.00 | -1.00 |" in printed
    assert "| crop_eer | - | - |" in printed
    assert "| lidar | 0.0 | 0.0 | 0.0 |" in printed
    # 0.3 in the place of 0.1, and 0.4 in that of 0.2; of all, 0.4 in that of 0.1
    assert "| rankme | 150.0 | 200.0 | 300.0 |" in printed
    assert "| the last epoch | 37.5 | 50.0 | - |" in printed
    # A measure that is always the same leaves the last epoch
    assert "| crop_eer | 37.5 | 50.0 | 150.0 |" in printed
    # Two opposite orders cancel each other
    assert "| rank average, label_free | - | - |" in printed
    by_ua = benchmark_script(
        "tables/compare_selection.py",
        *(run / "pretrain" for run in selection_runs),
        *("--figure", "UA", "--higher"),
    )
    assert by_ua[1:] == printed[1:]


def test_runs_of_one_name_are_told_apart(
    benchmark_script, selection_runs, tmp_path, monkeypatch
):
    for place in ("a/1/pretrain", "b/1/pretrain/fold_1"):
        shutil.copytree(selection_runs[0] / "pretrain", tmp_path / place)
        shutil.copytree(selection_runs[0] / "pretrain", tmp_path / f"c/{place}")
    folders = [tmp_path / name for name in ("a", "b", "c")]
    kept, script = tmp_path / "kept.json", "tables/compare_selection.py"
    (first, *_) = benchmark_script(script, *folders, "--keep", kept)
    assert first == "EER_list: 16 checkpoints of 4 runs"
    monkeypatch.syspath_prepend(FOLDER / "tables")
    read_runs = importlib.import_module("compare_selection").read_runs
    with pytest.raises(SystemExit, match="two runs are called"):
        read_runs([kept, kept])
    with pytest.raises(FileNotFoundError, match="there is no .*gone.json"):
        read_runs([kept, tmp_path / "gone.json"])


def test_kept_figures_give_the_same_tables(
    benchmark_script, selection_runs, tmp_path
):
    kept, page = tmp_path / "kept.json", tmp_path / "page.md"
    script = "tables/compare_selection.py"
    first = benchmark_script(script, *selection_runs, "--keep", kept)
    assert benchmark_script(script, kept) == first
    assert str(tmp_path) not in kept.read_text()
    page.write_text("<!-- compare_selection kept.json -->\n<!-- end -->\n")
    benchmark_script("tables/check_results.py", page, "--write")
    assert "\n".join(first) in page.read_text()
