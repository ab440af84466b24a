"""Every benchmark starts in its smallest form and prints what its docstring promises."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
HELPERS = {
    "tables/costs.py",
    "tables/kept_runs.py",
    "tables/kept_trials.py",
    "tables/renaming.py",
    "own_process.py",
    "soak_experiments.py",
}  # other scripts import them

# Script -> the arguments of its smallest form, and lines that it prints
SMALL = {
    "bench_dino_loss.py": (
        "--prototypes 64 --batch 2 --repeats 1",
        r"4 long of 16 crops: .* ratio [\d.]+",
    ),
    "bench_embed.py": ("--files 6", r"6 files: .* s of processor time, .*"),
    "bench_kmeans.py": (
        "--items 200 --clusters 20 --speakers 10",
        r"200 items, 20 groups, scikit-learn: .* s of processor time, .*",
    ),
    "bench_speakers.py": (
        "--files 200 --speakers 10",
        r"200 embeddings: 10 speakers of 10, .* s, .* GB at the most",
    ),
    "bench_trial_scoring.py": (
        "--trials 1000 --files 400 --cohort 300 --draws 2",
        r"2 resamples of 37000 trials .* s, peak .*",
    ),
    "bench_verification_metrics.py": (
        "--trials 1000 --small 100 --repeats 1",
        r"eer +100 trials: .* values differ by .*e-0\d",
    ),
    "bench_precision.py": (
        "--encoders ecapa --batch 2 --seconds 0.5 --repeats 1",
        r" +ecapa: .* ratio [\d.]+; 1 - cosine at most .*",
    ),
    "bench_shards.py": (
        "--files 4 --seconds 2.5 --repeats 1",
        r"flac: .* ms from files, .* ms from shards, ratio [\d.]+",
    ),
    "run.py": (
        "--only optimiser --rounds 1",
        r"\| AdamW on 65 536 prototypes of 256: .* \| [\d.]+ \| [\d.]+ \| [\d.]+ \|",
    ),
    "check_positives.py": (
        "",
        r"  40 clusters, window 0: .* replaced, .* of them by the same speaker",
    ),
    "check_interval_coverage.py": (
        "--lists 1 --draws 4 --speakers 4 --population 20",
        r"4 speakers: .* of 1 lists, .*",
    ),
}
# These start processes that load the libraries anew
SLOW = {
    "bench_adapter.py": (
        "--utterances 16 --seconds 0.6 --width 64 --layers 1 --epochs 1"
        " --stages adapt",
        r"16 utterances, 10 s; encoding them takes .*",
        r"adapt: .* ratio \d+; peak .*",
    ),
    "bench_attention.py": (
        "--dim 16 --heads 2 --feedforward 16 --frames 20 --batch 2 --repeats 1",
        r"ratios +step [\d.]+, without gradient [\d.]+",
    ),
    "bench_large_manifest.py": (
        "--rows 200",
        r"start again, 200 rows: [\d.]+ s of processor time, peak .* MB",
    ),
    "bench_kept_memory.py": (
        "--batch 2 --steps 1 --repeats 1",
        r"ratio [\d.]+",
    ),
    "bench_tuning.py": (
        "--width 24 --batch 2 --seconds 0.5 --steps 1 --repeats 1"
        " --ways cached all",
        r" +cached: .* time [\d.]+, memory [\d.]+",
    ),
    "soak.py": (
        "--kills 1 --steps 12 --experiments moco_am_sv",
        r"moco_am_sv: 1 kills, exit 0, .* same bits, .*",
    ),
}
READ_RUNS = {  # see tables/ and test_cut_pieces.py
    "tables/check_results.py",
    "tables/compare_curves.py",
    "tables/compare_seeds.py",
    "tables/compare_selection.py",
    "tables/compare_verification.py",
    "cut_pieces.py",
    "tables/study_answers.py",
}


def check(printed, lines):
    for line in lines:
        assert any(re.fullmatch(line, text) for text in printed), printed


@pytest.mark.parametrize("name", SMALL)
def test_it_starts_in_its_smallest_form(benchmark_script, name):
    arguments, *lines = SMALL[name]
    check(benchmark_script(name, *arguments.split()), lines)


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_it_starts_with_processes_of_its_own(benchmark_script, name):
    arguments, *lines = SLOW[name]
    way = {
        "soak.py": {"fresh": True},  # forks by itself
        "bench_large_manifest.py": {"start": "forkserver"},
    }.get(name, {})
    check(benchmark_script(name, *arguments.split(), **way), lines)


def test_no_benchmark_is_without_a_test():
    folders = FOLDER, FOLDER / "tables"
    scripts = {
        path.relative_to(FOLDER).as_posix()
        for folder in folders
        for path in folder.glob("*.py")
    }
    assert scripts == {*SMALL, *SLOW, *READ_RUNS, *HELPERS}


def test_every_docstring_has_its_command():
    for name in (*SMALL, *SLOW, *READ_RUNS):
        text = (FOLDER / name).read_text(encoding="utf-8")
        assert f"\n    python benchmarks/{name}" in text, name
