"""Stored embeddings give the scores that the audio gives, without encoder and audio."""

import json
import re
import shutil

import numpy as np
import pytest

from sb_contrastive.command_line import main
from sb_contrastive.evaluation import plots
from sb_contrastive.evaluation.verification.calibration import Calibration
from sb_contrastive.export.calibrated import write_calibration
from sb_contrastive.inference import loading

SPEAKERS = ("ann", "bob", "eve")


@pytest.fixture(autouse=True)
def no_plots(monkeypatch):
    for name in ("det_curve", "score_histogram", "embedding_map"):
        monkeypatch.setattr(plots, name, lambda *args, **kwargs: None)


@pytest.fixture
def stored(model, folder, tmp_path):
    """A list of models of two files each, and the embeddings of all files."""
    lines = [
        f"m-{a} {b}/{k}.wav {int(a == b)}\n"
        for a in SPEAKERS
        for b in SPEAKERS
        for k in (0, 2)
    ]
    (folder / "trials.lst").write_text("".join(lines))
    (folder / "enroll.map").write_text(
        "".join(f"m-{a} {a}/0.wav {a}/1.wav\n" for a in SPEAKERS)
    )
    out = tmp_path / "all.npz"
    main(["embed", str(model), str(folder), "-o", str(out)])
    return out


def results(folder, *words):
    main(["evaluate", *map(str, words), "-o", str(folder)])
    found = json.loads((folder / "results.json").read_text())
    scores = (folder / "scores" / "trials.csv").read_text()
    return found["metrics"]["trials"]["cosine"], scores


@pytest.mark.parametrize("norm", [[], ["--mean", "--norm_top", "4"]])
def test_the_same_scores_as_by_the_model(model, folder, stored, tmp_path, norm):
    trials = ["--trials", folder / "trials.lst"]
    by_audio = ["--cohort", folder] if norm else []
    by_file = ["--cohort", stored] if norm else []
    one = results(tmp_path / "1", model, *trials, *by_audio, *norm)
    other = results(
        tmp_path / "2", "--embeddings", stored, *trials, *by_file, *norm
    )
    assert one == other
    assert one[0]["files"] == 9 and one[0]["speakers"] == 3


def test_a_model_is_the_mean_of_unit_embeddings(folder, stored, tmp_path):
    kept = np.load(stored)
    z = dict(zip(kept["ids"].tolist(), kept["embeddings"]))
    unit = {name: v / np.linalg.norm(v) for name, v in z.items()}
    _, scores = results(
        tmp_path / "1",
        *["--embeddings", stored, "--trials", folder / "trials.lst"],
    )
    line = next(x for x in scores.splitlines() if "m-bob,eve/2" in x)
    mean = unit["bob--0"] + unit["bob--1"]
    expected = mean @ unit["eve--2"] / np.linalg.norm(mean)
    assert float(line.split(",")[-1]) == pytest.approx(expected, abs=2e-6)


def test_a_model_gives_its_calibration_to_its_own_embeddings(
    model, folder, stored, tmp_path
):
    calibrated = tmp_path / "calibrated"
    shutil.copytree(model, calibrated)
    write_calibration(calibrated, Calibration(20.0, -8.0), 0.5, "a test")
    trials = ["--trials", folder / "trials.lst"]
    by_audio, _ = results(tmp_path / "1", calibrated, *trials)
    given = ["--embeddings", stored, *trials]
    by_file, _ = results(tmp_path / "2", calibrated, *given)
    assert by_file["Cllr"] == by_audio["Cllr"]
    none, _ = results(tmp_path / "3", *given)
    assert "Cllr" not in none


def test_several_files_and_files_of_others(model, folder, stored, tmp_path):
    parts = []
    for speaker in SPEAKERS:
        parts.append(tmp_path / f"{speaker}.npz")
        main(["embed", str(model), str(folder / speaker), "-o", str(parts[-1])])
    trials = ["--trials", folder / "trials.lst"]
    one = results(tmp_path / "1", "--embeddings", stored, *trials)
    # Files named 0, 1, 2 in each: the path tells them apart
    assert results(tmp_path / "2", "--embeddings", *parts, *trials) == one
    kept = np.load(stored)
    names = [i.replace("--", "/") + ".wav" for i in kept["ids"].tolist()]
    bare = tmp_path / "bare.npz"
    np.savez(bare, embeddings=kept["embeddings"], ids=names)
    assert results(tmp_path / "3", "--embeddings", bare, *trials)[1] == one[1]


@pytest.mark.parametrize(
    "options, words",
    [
        (["--segments", "6x2s_mean"], "--segments is about audio"),
        (["--trials_folder", "wavs"], "--trials_folder is about audio"),
        (["--mean"], "need the utterances of a --cohort"),
    ],
)
def test_mistakes_are_one_sentence(folder, stored, options, words, capsys):
    trials = ["--trials", str(folder / "trials.lst")]
    with pytest.raises(SystemExit):
        main(["evaluate", "--embeddings", str(stored), *trials, *options])
    assert words in capsys.readouterr().err


def test_embeddings_that_lack_a_file_or_are_of_another_encoder(
    model, folder, stored, tmp_path, capsys
):
    trials = ["--trials", str(folder / "trials.lst")]

    def said(*words):
        with pytest.raises(SystemExit):
            main(["evaluate", *map(str, words), *trials])
        return capsys.readouterr().err

    lacking = tmp_path / "lacking.npz"
    main(["embed", str(model), str(folder / "ann"), "-o", str(lacking)])
    text = said("--embeddings", lacking)
    assert re.search(
        r"names bob/0.wav, .*end of the path of an embedding; `embed` that",
        text,
    )
    assert "name a MODEL" in said()
    other = tmp_path / "other.npz"
    kept = dict(np.load(stored))
    kept["origin"] = json.dumps({"encoder": "another"})
    np.savez(other, **kept)
    text = said(model, "--embeddings", other)
    assert "are of two encoders" in text and str(model) in text
    del kept["origin"]
    np.savez(other, **kept)
    assert "which encoder has made" in said(model, "--embeddings", other)


def test_no_encoder_is_loaded(folder, stored, tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "load_model", None)
    for path in folder.rglob("*.wav"):
        path.unlink()
    given = ["--embeddings", stored, "--trials", folder / "trials.lst"]
    assert results(tmp_path / "1", *given)[0]["files"] == 9
