"""Speaker verification experiments from YAML to results, with a tiny encoder."""

import builtins
import itertools
import json
import shutil

import numpy as np
import pytest

from sb_contrastive import load
from sb_contrastive.evaluation.embeddings.label_free.ranking import GOODNESS
from sb_contrastive.evaluation.verification.over_seeds.kept_scores import (
    read_sides,
)
from sb_contrastive.evaluation.verification.scores import trial_scores
from sb_contrastive.experiment import Experiment
from sb_contrastive.rows import speakers
from sb_contrastive.study.choice import Choice, go_on_from_try
from sb_contrastive.study.plan import Run
from tests.support.comparison import assert_same

NAMES = [
    "ntxent_am_sv",
    "moco_am_sv",
    "dino_sv",
    "supervised_sv",
    "combined_sv",
    "composed_sv",
    "byol_sv",
]


@pytest.fixture(scope="module")
def corpus(tiny_corpora):
    return tiny_corpora / "voxceleb"


@pytest.fixture
def experiment(corpus, tmp_path, tiny_encoder):
    def make(name, folder="run", **more):
        values = {
            "output_folder": tmp_path / folder,
            "data_folder": corpus,
            "encoder": tiny_encoder,
            "pretrain_batch_size": 4,
            "augmentation": "null",
            "pretrain": "!name:sb_contrastive.stages.pretrain {epochs: 1, "
            "least_steps: 1}",
            **more,
        }
        text = "\n".join(f"{key}: {value}" for key, value in values.items())
        return Experiment(f"hparams/{name}.yaml", text)

    return make


@pytest.mark.parametrize("name", NAMES)
def test_results_plots_and_an_encoder(experiment, capsys, request, name):
    if name == "dino_sv":
        request.getfixturevalue("rendered")
    run = experiment(name)
    run.run()
    results = json.loads((run.folder / "results.json").read_text())
    (trials,) = results["metrics"]
    assert trials == "veri_test2"
    kept = [np.load(path) for path in run.folder.glob("verify/*.npz")]
    assert len(kept) == 4  # trained and not, each by cosine and with AS-norm
    for one, other in itertools.combinations(kept, 2):
        assert not np.allclose(one[trials], other[trials])
    for report in results["metrics"][trials].values():
        assert 0 <= report["EER"] <= 1 and 0 <= report["minDCF_0.01"] <= 1
        assert report["targets"] + report["nontargets"] > 0
        assert report["speakers"] == 2
    assert results["protocol"]["training_utterances"] == 16
    for picture in ("det_veri_test2", "scores_veri_test2", "pretrain"):
        assert (run.folder / "plots" / f"{picture}.png").is_file()
    page = (run.folder / "report.html").read_text()
    assert "threshold of equal error rate" in page and "data:audio" in page
    assert (run.folder / "encoder" / "hyperparams.yaml").is_file()
    assert "minDCF 0.01" in capsys.readouterr().out


def test_two_processes_find_the_scores_of_one(
    experiment, two_ranks, one_thread
):
    run = experiment("ntxent_am_sv", stages="[pretrain, verify]")
    run.run()
    folder = run.folder / "verify"
    alone = {path.name: dict(np.load(path)) for path in folder.glob("*.npz")}
    results = json.loads((run.folder / "results.json").read_text())
    shutil.rmtree(folder)

    def verify(rank):
        experiment("ntxent_am_sv", stages="[pretrain, verify]").run()

    two_ranks(verify)
    again = {path.name: dict(np.load(path)) for path in folder.glob("*.npz")}
    assert again.keys() == alone.keys() and len(alone) == 4
    for name, lists in alone.items():
        assert_same(again[name], lists)
    found = json.loads((run.folder / "results.json").read_text())
    assert found["metrics"] == results["metrics"]


def loudness(experiment, start, first, /):
    """A source of vectors: how loud an utterance is, and how long."""

    class Loudness:
        dim = 2

        def vector(self, wav):
            return [np.abs(wav).mean(), len(wav)]

    return Loudness()


def test_vectors_that_nothing_trains_are_verified(
    corpus, tmp_path, tiny_encoder
):
    text = f"""
        output_folder: {tmp_path / "run"}
        data_folder: {corpus}
        encoder: {tiny_encoder}
        pooled_layers: null
        verify: {{systems: {{Resemblyzer: !name:{__name__}.loudness }}}}
    """
    run = Experiment("hparams/floors_sv.yaml", text)
    run.run()
    results = json.loads((run.folder / "results.json").read_text())
    (reports,) = results["metrics"].values()
    assert list(reports) == [
        f"{title}{scoring}"
        for title in ("MFCC", "Resemblyzer", "frozen layers")
        for scoring in ("", ", standardised", ", AS-norm")
    ]
    assert results["protocol"]["encoders"]["Resemblyzer"] == "no training here"
    with np.load(run.folder / "verify" / "Resemblyzer.npz") as scores:
        (found,) = scores.values()
    # The length outweighs the loudness by far
    np.testing.assert_allclose(found, 1.0, atol=1e-6)


def test_no_speaker_of_the_trials_is_trained_on(experiment):
    run = experiment("ntxent_am_sv", stages="[pretrain]")
    run.run()
    manifests = run.folder / "manifests"
    training = (manifests / "training.csv").read_text()
    assert "id10270" in (manifests / "trials.csv").read_text()
    assert "id1027" not in training and "id10001" in training


def test_own_audio_and_lists(experiment, corpus, tmp_path):
    lines = (corpus / "veri_test2.txt").read_text().splitlines()
    (tmp_path / "few.txt").write_text("\n".join(lines[:6]))
    (tmp_path / "all.txt").write_text("\n".join(lines))
    run = experiment(
        "ntxent_am_sv",
        data_folder="null",
        manifest=corpus,
        trials=f"{tmp_path}/few.txt,{tmp_path}/all.txt",
        verify="!name:sb_contrastive.stages.verify {scorings: {cosine: "
        "{segments: 2x0.5s_mean}, centred: {mean: True, norm_top: 4}, AS-norm: null}}",
        stages="[pretrain, verify]",
    )
    run.run()
    results = json.loads((run.folder / "results.json").read_text())
    assert set(results["metrics"]) == {"few", "all"}
    assert "SimCLR, centred" in results["metrics"]["few"]
    assert "SimCLR, AS-norm" not in results["metrics"]["few"]
    assert results["protocol"]["scoring"]["cosine"]["segments"] == "2x0.5s_mean"
    with np.load(run.folder / "verify/SimCLR.npz") as scores:
        # Both lists are scored from the same embeddings
        np.testing.assert_array_equal(scores["few"], scores["all"][:6])
    few, every = (read_sides(run.folder / "verify")[n] for n in ("few", "all"))
    given = [line.split()[0] == "1" for line in lines]
    assert every.labels.tolist() == given and few.labels.tolist() == given[:6]
    assert ((every.first == every.second) == every.labels).all()


def test_a_run_goes_on_from_what_a_try_has_trained(experiment, tmp_path):
    tried = experiment("ntxent_am_sv", "try", lr=0.002, stages="[pretrain]")
    tried.run()
    logged = tmp_path / "try" / "pretrain" / "log.json"
    log = json.loads(logged.read_text())
    log["epochs"][-1] |= dict.fromkeys(GOODNESS, 1.0)
    logged.write_text(json.dumps(log))
    choice = Choice("lr", (0.002,), (tmp_path / "try",), seed=1986)
    go_on_from_try(Run("x", 1986, [], tmp_path / "run", (), choice))
    weights = tmp_path / "run" / "pretrain" / "encoder.ckpt"
    before = weights.stat().st_mtime_ns
    run = experiment("ntxent_am_sv", lr=0.002, stages="[pretrain, verify]")
    run.run()
    assert weights.stat().st_mtime_ns == before
    assert (tmp_path / "run" / "verify" / "SimCLR.npz").is_file()
    other = experiment("ntxent_am_sv", lr=0.004, stages="[pretrain, verify]")
    with pytest.raises(ValueError, match="peak: 0.002 there, 0.004 now"):
        other.run()


def test_trials_are_asked_for(experiment, corpus):
    run = experiment("ntxent_am_sv", data_folder="null", manifest=corpus)
    with pytest.raises(ValueError, match="give --trials"):
        run.run()


def test_the_training_manifest_is_read_once(experiment, monkeypatch):
    read, count = speakers.read_manifest, []

    def counted(path, *args, **options):
        count.append(str(path).endswith("training.csv"))
        return read(path, *args, **options)

    monkeypatch.setattr(speakers, "read_manifest", counted)
    for folder in ("one", "other"):
        run = experiment("ntxent_am_sv", folder, stages="[pretrain]")
        run.run()
        rows = run.once(speakers.training_rows)
        assert len(rows) == 16 and run.once(speakers.training_rows) is rows
    assert sum(count) == 2  # one for each experiment


def test_a_trial_list_is_read_once(experiment, corpus, tmp_path, monkeypatch):
    mine = tmp_path / "mine.txt"
    mine.write_text((corpus / "veri_test2.txt").read_text())
    plain, opened = builtins.open, []

    def counted(path, *args, **options):
        opened.append(str(path))
        return plain(path, *args, **options)

    monkeypatch.setattr(builtins, "open", counted)
    # Preparing VoxCeleb, choosing the training speakers, and scoring need it
    run = experiment(
        "ntxent_am_sv", stages="[pretrain, verify]", trials=str(mine)
    )
    run.run()
    assert opened.count(str(mine)) == 2  # its lines, and its digest


def test_scores_are_kept(experiment, monkeypatch):
    run = experiment("ntxent_am_sv", stages="[pretrain, verify]")
    run.run()

    def embed_again(*args, **kwargs):
        raise AssertionError("embedded again")

    monkeypatch.setattr(trial_scores, "embed_segments", embed_again)
    experiment("ntxent_am_sv", stages="[pretrain, verify]").run()


def test_epochs_are_judged_by_the_trials_where_that_is_asked_for(experiment):
    run = experiment(
        "ntxent_am_sv",
        stages="[pretrain]",
        pretrain="{epochs: 2, least_steps: 1, judge_epochs: True}",
    )
    run.run()
    log = json.loads((run.folder / "pretrain" / "log.json").read_text())
    assert len([row["EER_veri_test2"] for row in log["epochs"]]) == 2


def test_the_threshold_of_an_exported_encoder_is_that_of_its_trials(experiment):
    run = experiment("ntxent_am_sv", trim_silence_db=20)
    run.run()
    results = json.loads((run.folder / "results.json").read_text())
    (report,) = (r["SimCLR"] for r in results["metrics"].values())
    threshold = report["EER_threshold"]
    folder = run.folder / "encoder"
    model = load(folder, "cpu")
    assert model.threshold == pytest.approx(threshold, abs=1e-5)
    assert model.trim_silence_db == 20
    assert f"cosine > {threshold:.4g}" in (folder / "README.md").read_text()
