"""Error rates of trial lists are those of the cosines, however files are found."""

import csv
import json
import re

import numpy as np
import pytest
import torch

from sb_contrastive.command_line import main
from sb_contrastive.data.manifests.folder_scan import scan_folder
from sb_contrastive.data.trials.trial_list import read_trials
from sb_contrastive.evaluation import (
    as_norm,
    cosine_scores,
    eer,
    embed_segments,
    plots,
    subtract_mean,
)

SPEAKERS = ("ann", "bob", "eve")


@pytest.fixture
def trials(folder):
    """All pairs of the folder, beside the speakers."""
    names = [f"{s}/{k}.wav" for s in SPEAKERS for k in range(3)]
    path = folder / "pairs.txt"
    path.write_text(
        "".join(
            f"{int(a[:3] == b[:3])} {a} {b}\n"
            for i, a in enumerate(names)
            for b in names[i + 1 :]
        )
    )
    return path


def expected_eer(encoder, folder):
    rows = scan_folder(folder)
    z = torch.from_numpy(embed_segments(encoder, rows))
    cosines = torch.cosine_similarity(z[:, None], z[None], dim=-1).numpy()
    same = np.array([[a["spk_id"] == b["spk_id"] for b in rows] for a in rows])
    upper = np.triu(np.ones_like(same), 1)
    return eer(cosines[same & upper], cosines[~same & upper])


def test_the_table_and_the_threshold(model, encoder, folder, trials, capsys):
    main(["evaluate", str(model), "--trials", str(trials)])
    said = capsys.readouterr().out
    rate, threshold = expected_eer(encoder, folder)
    assert f"{100 * rate:.2f}" in said and "9 target and 27 non-t" in said
    (found,) = re.findall(r"equal error rate (\S+)", said)
    assert float(found) == pytest.approx(threshold, abs=1e-3)
    assert "bootstrap over 3 speakers" in said


def test_trials_of_damaged_files_are_left_out_on_request(
    model, encoder, folder, trials, capsys, caplog
):
    damaged = folder / "bob" / "1.wav"
    damaged.write_bytes(damaged.read_bytes()[:30])
    command = ["evaluate", str(model), "--trials", str(trials)]
    with pytest.raises(SystemExit):
        main([*command, "--manifest", str(folder)])
    said = capsys.readouterr().err
    assert str(damaged) in said and "--on_bad_audio skip" in said
    main([*command, "--manifest", str(folder), "--on_bad_audio", "skip"])
    said = capsys.readouterr().out
    assert "8 of 36 trials are left out" in caplog.text
    damaged.unlink()  # what is left is what there is without it
    rate, _ = expected_eer(encoder, folder)
    assert f"{100 * rate:.2f}" in said and "7 target and 21 non-t" in said


def test_results_and_plots_are_left_where_asked(
    rendered, model, encoder, folder, trials, tmp_path, monkeypatch
):
    drawn = []
    for name in ("det_curve", "score_histogram"):  # of seconds
        monkeypatch.setattr(
            plots, name, lambda sides, path, *rest: drawn.append(path)
        )
    out = tmp_path / "evaluated"
    options = ["--manifest", str(folder), "-o", str(out)]
    main(["evaluate", str(model), "--trials", str(trials), *options])
    results = json.loads((out / "results.json").read_text())
    report = results["metrics"]["pairs"]["cosine"]
    assert report["EER"] == pytest.approx(expected_eer(encoder, folder)[0])
    assert results["protocol"]["synthetic"] is False
    with open(out / "scores" / "pairs.csv", newline="") as file:
        scores = list(csv.DictReader(file))
    lines = [line.split() for line in trials.read_text().splitlines()]
    assert [[s["target"], s["enrol"], s["test"]] for s in scores] == lines
    rows = {row["ID"]: i for i, row in enumerate(scan_folder(folder))}
    z = torch.from_numpy(embed_segments(encoder, scan_folder(folder)))
    for score in scores:
        pair = [
            z[rows[score[side][:-4].replace("/", "--")]]
            for side in ("enrol", "test")
        ]
        cosine = torch.cosine_similarity(*pair, dim=0).item()
        assert float(score["score"]) == pytest.approx(cosine, abs=1e-4)
    names = [path.name for path in drawn]
    assert names == ["det_pairs.png", "scores_pairs.png"]
    assert all(path.parent == out / "plots" for path in drawn)


def test_one_name_in_two_folders_is_two_files(
    model, folder, trials, tmp_path, write, capsys
):
    other = tmp_path / "other"
    for s, speaker in enumerate(SPEAKERS):
        for k in range(3):
            write(other / speaker / f"{k}.wav", 500 + 10 * s + k)
    (other / "second.txt").write_text(trials.read_text())

    def thresholds(*lists):
        main(["evaluate", str(model), "--trials", *map(str, lists)])
        return dict(
            re.findall(
                r"(\w+): threshold of equal error rate (\S+)",
                capsys.readouterr().out,
            )
        )

    alone = thresholds(trials) | thresholds(other / "second.txt")
    assert thresholds(trials, other / "second.txt") == alone
    assert alone["pairs"] != alone["second"]


@pytest.mark.parametrize(
    "options, words",
    [
        (["--mean"], "need the utterances of a --cohort"),
        (["--cohort", "wavs"], "need the utterances of a --cohort"),
        (["--segments", "6x2s_maen"], "did you mean '6x2s_mean'"),
        (["--trials_folder", "no/such"], "there is no folder"),
        (["--cohort", "wavs", "--norm_top", "0"], "at least 2, got 0"),
        (["-o", "setup.py"], "setup.py is a file: name a folder"),
    ],
)
def test_mistakes_are_one_sentence(model, trials, options, words, capsys):
    with pytest.raises(SystemExit):
        main(["evaluate", str(model), "--trials", str(trials), *options])
    assert words in capsys.readouterr().err


def test_a_cohort_moves_and_normalises_the_scores(
    model, encoder, folder, trials, capsys
):
    cohort = ["--cohort", str(folder), "--norm_top", "4", "--mean"]
    main(["evaluate", str(model), "--trials", str(trials), *cohort])
    (found,) = re.findall(r"rate (\S+)", capsys.readouterr().out)
    # The files are those of the list, and in the same order
    z = embed_segments(encoder, scan_folder(folder))
    pairs = read_trials(trials)
    cohort = subtract_mean(z, z)
    scores = as_norm(cosine_scores(cohort, pairs), cohort, pairs, cohort, 4)
    sides = scores[pairs.labels], scores[~pairs.labels]
    assert float(found) == pytest.approx(eer(*sides)[1], abs=1e-2)
