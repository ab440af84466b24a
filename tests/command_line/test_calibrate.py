"""A model is calibrated on recordings of unknown speakers, and then gives probabilities."""

import json
import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sb_contrastive.command_line import main
from sb_contrastive.evaluation import plots
from sb_contrastive.inference import load
from tests.support.doc_pages import ROOT

PAGE = (ROOT / "docs/calibration.md").read_text(encoding="utf-8")
SPEAKERS = ("ann", "bob", "eve")


def coloured_noise(seed):
    rng = np.random.default_rng(seed)
    wav = 0.005 * np.cumsum(rng.standard_normal(9600))
    return wav - wav.mean()


@pytest.fixture(scope="module")
def voices(tmp_path_factory):
    """Three speakers with five files each: nearly the same noise five times."""
    place = tmp_path_factory.mktemp("voices")
    for s, name in enumerate(SPEAKERS):
        (place / name).mkdir()
        voice = coloured_noise((0, 1, 3)[s])
        for k in range(5):
            wav = voice + 0.02 * coloured_noise(100 + 10 * s + k)
            soundfile.write(place / name / f"{k}.wav", wav, 16000)
    names = [f"{name}/{k}.wav" for name in SPEAKERS for k in range(5)]
    (place / "pairs.txt").write_text(
        "".join(
            f"{int(a[:3] == b[:3])} {a} {b}\n"
            for i, a in enumerate(names)
            for b in names[i + 1 :]
        )
    )
    return place


@pytest.fixture
def copy(model, tmp_path):
    return shutil.copytree(model, tmp_path / "copy")


def test_without_labels_then_verify_and_evaluate(
    copy, voices, tmp_path, capsys, rendered, monkeypatch
):
    for name in ("det_curve", "score_histogram"):  # of seconds
        monkeypatch.setattr(plots, name, lambda *args: None)
    main(["calibrate", str(copy), str(voices)])
    said = capsys.readouterr().out
    assert "15 recordings without labels" in said
    (threshold,) = re.findall(r"threshold (\S+) at a prior of 0.5", said)
    model = load(copy, "cpu")
    assert model.threshold == pytest.approx(float(threshold), abs=1e-4)

    pair = [str(voices / name) for name in ("ann/0.wav", "ann/1.wav")]
    found = model.verify(*pair)
    cosine, same, threshold = found
    llr = model.calibration.scale * cosine + model.calibration.offset
    assert found.llr == pytest.approx(llr) and same == (llr > 0)
    assert found.probability == pytest.approx(1 / (1 + np.exp(-llr)), 1e-3)
    rare = model.verify(*pair, prior=0.01)
    assert rare.threshold > threshold
    assert rare.probability == pytest.approx(1 / (1 + 99 * np.exp(-llr)))
    # Cosines of segments are on another scale, and nothing is known of them
    assert model.verify(*pair, segments="2x0.2s_mean").llr is None
    main(["verify", str(copy), *pair])
    said = capsys.readouterr().out
    assert f"log-likelihood ratio {llr:.2f}" in said
    assert "at a prior of 0.5" in said

    out = tmp_path / "out"
    trials = ["--trials", str(voices / "pairs.txt")]
    main(["evaluate", str(copy), *trials, "-o", str(out)])
    said = capsys.readouterr().out
    assert "Cllr  min Cllr  actDCF 0.01" in said
    results = json.loads((out / "results.json").read_text())
    report = results["metrics"]["pairs"]["cosine"]
    assert report["min_Cllr"] <= report["Cllr"] < 0.5
    assert report["actDCF_0.05"] >= report["minDCF_0.05"]
    main(["evaluate", str(copy), *trials, "--segments", "2x0.2s_mean"])
    assert "Cllr" not in capsys.readouterr().out


def test_with_labelled_trials_into_a_copy(model, voices, tmp_path, capsys):
    before = (model / "hyperparams.yaml").read_bytes()
    command = ["calibrate", str(model), "--trials", str(voices / "pairs.txt")]
    place = tmp_path / "new/copy"
    command += ["-o", str(place)]
    main(command)
    said = capsys.readouterr().out
    assert "105 trials: Cllr 0." in said and f"{place}: threshold" in said
    text = (place / "hyperparams.yaml").read_text()
    assert "fitted to the trials of pairs" in text
    assert load(place, "cpu").calibration is not None
    assert (model / "hyperparams.yaml").read_bytes() == before
    with pytest.raises(SystemExit):
        main(command)
    assert "is there already" in capsys.readouterr().err


def test_a_model_of_the_package_is_left_as_it_is(voices, capsys):
    with pytest.raises(SystemExit):
        main(["calibrate", "speaker-small", str(voices)])
    assert "calibrated copy with --output" in capsys.readouterr().err


def test_speakers_are_grouped(copy, voices, tmp_path, capsys):
    table = tmp_path / "speakers.csv"
    command = ["speakers", str(copy), str(voices), "-o", str(table)]
    main(command)
    assert "3 speakers in 15 files" in capsys.readouterr().out
    lines = [line.split(",") for line in table.read_text().splitlines()]
    assert lines[0] == ["ID", "wav", "speaker", "cosine", "sure"]
    groups = {}
    for name, _, speaker, *_ in lines[1:]:
        groups.setdefault(speaker, set()).add(name[:3])
    assert groups == {"1": {"ann"}, "2": {"bob"}, "3": {"eve"}}
    # It is a manifest of its own
    found = load(copy, "cpu").speakers(table, number=2)
    assert {s.speaker for s in found.values()} == {1, 2}
    assert list(found) == [line[0] for line in lines[1:]]


def test_the_page_runs(copy, voices, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    copy.rename("model")
    Path("wavs").symlink_to(voices)
    block = re.search(r"```bash\n(.*?)```", PAGE, re.S)[1]
    for line in block.splitlines():
        main(shlex.split(line, comments=True)[1:])
    code = re.search(r"```python\n(.*?)```", PAGE, re.S)[1]
    exec(code, {})
    said = capsys.readouterr().out.splitlines()
    assert said[-16].startswith("True ") and said[-1].startswith("eve--4 3 ")


@pytest.mark.parametrize(
    "words, said",
    [
        (["calibrate"], "name recordings to calibrate with"),
        (["calibrate", "x.wav", "--prior", "1"], "between 0 and 1, not 1.0"),
        (["calibrate", "x.wav", "--trim_silence_db", "3"], "leave --trim"),
        (["speakers", "x.wav", "--number", "0"], "at least 1, not 0"),
        (["speakers", "x.wav", "-o", "x.txt"], "go into a .csv file"),
    ],
)
def test_mistakes_are_one_sentence(words, said, model, tmp_path, capsys):
    with pytest.raises(SystemExit):
        main([words[0], str(model), *words[1:]])
    assert said in capsys.readouterr().err


def test_a_folder_that_tells_nothing_harms_no_model(copy, folder, capsys):
    before = (copy / "hyperparams.yaml").read_bytes()
    for command in ("calibrate", "speakers"):
        with pytest.raises(SystemExit):
            main([command, str(copy), str(folder)])
        assert "too few" in capsys.readouterr().err
    assert (copy / "hyperparams.yaml").read_bytes() == before
    with pytest.raises(SystemExit):
        main(["verify", str(copy), "a.wav", "b.wav", "--prior", "0.1"])
    assert capsys.readouterr().err
