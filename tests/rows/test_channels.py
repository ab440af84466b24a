"""Speaker experiments hear simulated channels where they are asked to, and say so."""

import json
from pathlib import Path

import pytest

from sb_contrastive.data.channel_notice import NOTE, has_simulated_channels
from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.evaluation.corpus_note import corpus_note
from sb_contrastive.experiment import Experiment


@pytest.fixture
def experiment(tiny_corpora, tmp_path, tiny_encoder):
    def make(folder="run", **more):
        values = {
            "output_folder": tmp_path / folder,
            "data_folder": tiny_corpora / "voxceleb",
            "encoder": tiny_encoder,
            "pretrain_batch_size": 4,
            "augmentation": "null",
            "pretrain": "!name:sb_contrastive.stages.pretrain {epochs: 1, "
            "least_steps: 1}",
            **more,
        }
        text = "\n".join(f"{key}: {value}" for key, value in values.items())
        return Experiment("hparams/ntxent_am_sv.yaml", text)

    return make


def test_results_page_and_card_say_it(experiment, capsys, tmp_path):
    copies = tmp_path / "copies"
    run = experiment(simulated_channels="all", channels_folder=copies)
    run.run()
    manifests = run.folder / "manifests"
    for name in ("training", "trials"):
        rows = read_manifest(manifests / f"{name}.csv")
        assert {Path(row["wav"]).parent for row in rows} == {copies}
    protocol = json.loads((run.folder / "results.json").read_text())["protocol"]
    assert protocol["simulated_channels"] is True
    assert NOTE in capsys.readouterr().out
    for path in ("report.html", "encoder/README.md"):
        assert "SIMULATED CHANNELS" in (run.folder / path).read_text(), path


@pytest.mark.parametrize("whose", ["training", "trials"])
def test_one_part_alone(experiment, whose):
    run = experiment(simulated_channels=whose, stages="[pretrain]")
    run.run()
    manifests = run.folder / "manifests"
    for name in ("training", "trials"):
        rows = read_manifest(manifests / f"{name}.csv")
        copied = {Path(r["wav"]).parent == manifests / "channels" for r in rows}
        assert copied == {name == whose}
    assert has_simulated_channels(run.folder)


def test_without_them_nothing_is_said(experiment):
    run = experiment(stages="[pretrain]")
    run.run()
    assert not has_simulated_channels(run.folder)
    assert "SIMULATED" not in corpus_note("a", False, debug=True)
    record = json.loads((run.folder / "manifests/training.json").read_text())
    assert "simulated_channels" not in record["inputs"]


def test_a_word_that_is_none_is_refused_before_anything_is_trained(experiment):
    run = experiment(simulated_channels="test")
    with pytest.raises(ValueError, match="one of training, trials, all"):
        run.run()
    assert not (run.folder / "pretrain").exists()
