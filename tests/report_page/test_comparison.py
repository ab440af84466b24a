"""Several runs on one page: the same numbers, what differs, and what cannot be compared."""

import json
import sys

import pytest

from sb_contrastive.command_line import main
from sb_contrastive.evaluation.paired import paired_interval
from sb_contrastive.report_page import write_comparison
from sb_contrastive.report_page.run_folder import RunFolder


def test_two_classifications(classified, tmp_path):
    one, other = classified("a", 0.9), classified("b", 0.5)
    settings = {"pretrain": {"pretrain": "!name:pretrain\nepochs: 9"}}
    (other / "settings.json").write_text(json.dumps(settings))
    page = write_comparison([one, other], tmp_path / "c.html").read_text()
    for folder in (one, other):
        results = json.loads((folder / "results.json").read_text())
        for entry in results["metrics"].values():
            assert f"<td>{100 * entry['pooled']['UA']:.1f}</td>" in page
    hits = [
        {
            fold: [
                (r["spk_id"], r["label"], r["label"] == r["prediction"])
                for r in rows
            ]
            for fold, rows in RunFolder(folder).predictions["two_step"].items()
        }
        for folder in (one, other)
    ]
    low, high = paired_interval(hits[:1], hits[1:])
    assert low < high and "less each other system" in page
    assert "epochs: 9" in page and "epochs: 3" in page


def test_runs_of_one_experiment_get_names_of_their_own(classified, tmp_path):
    folders = [classified("a/x", seed=1), classified("b/x", seed=2)]
    for folder in folders:
        results = json.loads((folder / "results.json").read_text())
        results["experiment"] = "dino_ser"
        (folder / "results.json").write_text(json.dumps(results))
    page = write_comparison(folders, tmp_path / "c.html").read_text()
    assert "dino_ser, seed 1" in page and "dino_ser, seed 2" in page


def test_the_command(classified, verified, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["sb-contrastive"])
    run, sv = str(classified()), str(verified())
    main(["report", run, "--no_audio"])
    assert "report.html" in capsys.readouterr().out
    output = tmp_path / "new" / "c.html"
    main(["report", sv, str(verified("sv2")), "-o", str(output)])
    assert "EER" in output.read_text()
    for words, told in (
        ([run, sv], "runs are compared that all classify"),
        ([run, "-o", str(tmp_path / "c.pdf")], "go into a .html file"),
        ([str(tmp_path / "none")], "no folder"),
    ):
        with pytest.raises(SystemExit):
            main(["report", *words])
        assert told in capsys.readouterr().err
