"""Predictions in the file are those of the model, by utterance and by subject."""

import csv

import numpy as np
import pytest

from sb_contrastive import load
from sb_contrastive.command_line import main


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_file_has_posteriors(two_classes, folder, tmp_path, capsys):
    out = tmp_path / "predictions.csv"
    main(["classify", str(two_classes), str(folder), "-o", str(out)])
    rows = read(out)
    assert list(rows[0]) == [
        *["ID", "wav", "spk_id", "prediction", "p_happy", "p_sad"]
    ]
    expected = load(two_classes, "cpu").classify(folder)
    assert [row["ID"] for row in rows] == list(expected)
    for row in rows:
        p = [float(row["p_happy"]), float(row["p_sad"])]
        np.testing.assert_allclose(p, expected[row["ID"]], atol=1e-5)
        assert row["prediction"] == ("happy", "sad")[np.argmax(p)]
        assert row["wav"].endswith(f"{row['ID'].replace('--', '/')}.wav")
    assert "9 utterances, classes happy, sad" in capsys.readouterr().out


def test_chunks_on_request(two_classes, folder, tmp_path):
    out = tmp_path / "p.csv"
    words = ["classify", str(two_classes), str(folder), "-o", str(out)]
    main([*words, "--chunk_seconds", "0.3"])
    model = load(two_classes, "cpu")
    expected = model.classify(folder, chunk_seconds=0.3)
    for row in read(out):
        assert float(row["p_sad"]) == pytest.approx(
            expected[row["ID"]][1], abs=1e-5
        )


def test_a_subject_has_the_mean_of_its_recordings(
    two_classes, folder, tmp_path
):
    lines = ["wav,subject,label"]
    for i, name in enumerate(("ann", "bob", "eve")):
        lines += [f"wavs/{name}/{k}.wav,S{i % 2},sad" for k in range(3)]
    (tmp_path / "mine.csv").write_text("\n".join(lines))
    out, decided = tmp_path / "p.csv", tmp_path / "s.csv"
    words = ["classify", str(two_classes), str(tmp_path / "mine.csv")]
    main([*words, "-o", str(out), "--subjects", str(decided)])
    rows, subjects = read(out), read(decided)
    assert [s["ID"] for s in subjects] == ["S0", "S1"]
    assert [s["recordings"] for s in subjects] == ["6", "3"]
    for subject in subjects:
        own = [r for r in rows if r["spk_id"] == subject["ID"]]
        for key in ("p_happy", "p_sad"):
            mean = np.mean([float(r[key]) for r in own])
            assert float(subject[key]) == pytest.approx(mean, abs=2e-5)
        assert subject["label"] == "sad"
        best = max(("happy", "sad"), key=lambda c: float(subject[f"p_{c}"]))
        assert subject["prediction"] == best


@pytest.mark.parametrize(
    "output, more, words",
    [
        ("p.npz", [], "predictions go into a .csv file"),
        ("setup.py/p.csv", [], "would lie in a file"),
        ("p.csv", ["--subjects", "s.txt"], "predictions go into a .csv file"),
        ("p.csv", ["--subjects", "s.csv"], "have no subject"),
    ],
)
def test_mistakes_are_one_sentence(
    two_classes, tmp_path, write, output, more, words, capsys
):
    path = str(write(tmp_path / "a.wav", 0))
    with pytest.raises(SystemExit):
        main(["classify", str(two_classes), path, "-o", output, *more])
    assert words in capsys.readouterr().err


def test_an_encoder_alone_classifies_nothing(model, folder, tmp_path, capsys):
    out = tmp_path / "p.csv"
    with pytest.raises(SystemExit):
        main(["classify", str(model), str(folder), "-o", str(out)])
    assert "the model has no classifier" in capsys.readouterr().err
    assert not out.exists()
