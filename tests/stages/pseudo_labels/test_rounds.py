"""Rounds of pseudo-labels from YAML to results, with a tiny encoder."""

import csv
import json

import numpy as np
import pytest

from sb_contrastive.experiment import Experiment
from sb_contrastive.synthetic import write_voxceleb

STAGES = [
    "ssl",
    *(f"{s}_1" for s in ("embed", "cluster", "classify_layer", "classify")),
    *(f"{s}_2" for s in ("embed", "cluster", "classify_layer", "classify")),
    *("large_margin", "verify", "export"),
]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpora") / "voxceleb"
    write_voxceleb(folder, speakers=10, videos=2, utterances=2)
    return folder


def experiment(corpus, folder, tiny_encoder, **more):
    stage = "!name:sb_contrastive.stages"
    short = {"epochs": 1, "least_steps": 2}
    values = {
        "output_folder": folder,
        "data_folder": corpus,
        "encoder": tiny_encoder,
        "pretrain_batch_size": 4,
        "augmentation": "null",
        "clusters": 6,
        "ssl": f"{stage}.pretrain {short}",
        "cluster": f"{stage}.cluster {{least: 2, least_sure: 0}}",
        "classify_layer": f"{stage}.classify {short}",
        "classify": f"{stage}.classify {short}",
        "large_margin": f"{stage}.classify {short}",
        **more,
    }
    text = "\n".join(f"{key}: {value}" for key, value in values.items())
    return Experiment("hparams/pseudo_sv.yaml", text)


@pytest.fixture(scope="module")
def finished(corpus, tmp_path_factory, tiny_encoder):
    folder = tmp_path_factory.mktemp("run")
    run = experiment(corpus, folder, tiny_encoder)
    run.run()
    return run


def labels(run, stage):
    path = run.folder / stage / "pseudo_labels.csv"
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def test_a_loop_is_the_stages_of_its_rounds(finished):
    assert finished.hparams["stages"] == STAGES
    for stage in STAGES[:-2]:
        assert any((finished.folder / stage).iterdir())
    results = json.loads((finished.folder / "results.json").read_text())
    encoders = results["protocol"]["encoders"]
    assert encoders["round 1"] == "classify_1"
    assert encoders["round 2"] == "classify_2"
    (reports,) = results["metrics"].values()
    assert all(0 <= report["EER"] <= 1 for report in reports.values())
    assert (finished.folder / "encoder" / "hyperparams.yaml").is_file()


def test_no_test_speaker_is_embedded_or_clustered(finished):
    with np.load(finished.folder / "embed_1" / "embeddings.npz") as kept:
        embedded = kept["ids"].tolist()
    manifests = finished.folder / "manifests"
    tested = list(csv.DictReader(open(manifests / "trials.csv")))
    training = list(csv.DictReader(open(manifests / "training.csv")))
    assert tested and sorted(embedded) == sorted(r["ID"] for r in training)
    names = {row["spk_id"] for row in tested}
    known = {row["ID"]: row["spk_id"] for row in training}
    for row in labels(finished, "cluster_2"):
        assert known[row["ID"]] not in names


def test_pseudo_labels_are_a_table(finished):
    rows = labels(finished, "cluster_1")
    assert list(rows[0]) == ["ID", "cluster", "cosine", "kept"]
    sizes = {}
    for row in rows:
        sizes[row["cluster"]] = sizes.get(row["cluster"], 0) + 1
        assert -1 <= float(row["cosine"]) <= 1.0001
    assert sorted(map(int, sizes)) == list(range(1, 7))
    for row in rows:
        assert row["kept"] == str(int(sizes[row["cluster"]] >= 2))
    path = finished.folder / "cluster_1" / "clusters.json"
    figures = json.loads(path.read_text())
    judged = figures["uses labels, for judging only"]
    assert judged["speakers"] == 8 and 0 < judged["purity"] <= 1
    assert figures["k_means"] is None  # that few are merged at once


def test_a_classifier_goes_on_and_a_round_begins_anew(finished):
    kept = [
        json.loads((finished.folder / stage / "classes.json").read_text())
        for stage in ("classify_layer_1", "classify_1", "classify_2")
    ]
    assert kept[0] == kept[1] and not set(kept[1]) & set(kept[2])
    assert kept[0][0].startswith("cluster_1/")


def test_one_more_round_keeps_those_before(finished, corpus, tiny_encoder):
    files = {
        path: path.stat().st_mtime_ns
        for path in finished.folder.glob("*_[12]/*.ckpt")
    }
    more = experiment(
        corpus, finished.folder, tiny_encoder, rounds=3, stages="[iterate]"
    )
    more.run()
    assert len(files) == 8
    for path, time in files.items():
        assert path.stat().st_mtime_ns == time
    assert (finished.folder / "classify_3" / "encoder.ckpt").is_file()


def test_other_clusters_are_refused(finished, corpus, tiny_encoder):
    other = experiment(
        corpus,
        finished.folder,
        tiny_encoder,
        cluster="!name:sb_contrastive.stages.cluster {least: 3, least_sure: 0}",
    )
    with pytest.raises(ValueError, match="cluster_1: .* least: 2 there, 3 now"):
        other.run()


def test_restart_names_where_a_round_begins(corpus, tmp_path, tiny_encoder):
    def start(restart):
        run = experiment(corpus, tmp_path, tiny_encoder, restart=restart)
        options = run.blueprint("classify_layer_2").options()
        return options["start"].value

    assert start("ssl") == "ssl" and start("last") == "classify_1"
    with pytest.raises(ValueError, match="did you mean 'last'"):
        start("lst")


def test_names_of_a_loop_are_checked(corpus, tmp_path, tiny_encoder):
    loop = "!name:sb_contrastive.stages.repeat"
    with pytest.raises(ValueError, match="did you mean 'embed'"):
        experiment(
            corpus,
            tmp_path,
            tiny_encoder,
            iterate=f"{loop} {{stages: [embd], times: 2, first: ssl}}",
        )
    with pytest.raises(ValueError, match="runs '0' times"):
        experiment(corpus, tmp_path, tiny_encoder, rounds=0)


@pytest.mark.parametrize(
    "clusters, within, message",
    [
        (6, "session", "leave out `clusters`, or `within`"),
        ("null", "colour", "has no 'colour'"),
    ],
)
def test_parts_that_cannot_be_are_refused_before_training(
    corpus, tmp_path, tiny_encoder, clusters, within, message
):
    cluster = f"!name:sb_contrastive.stages.cluster {{within: {within}}}"
    run = experiment(
        corpus, tmp_path, tiny_encoder, clusters=clusters, cluster=cluster
    )
    with pytest.raises(ValueError, match=message):
        run.run()
    assert not (tmp_path / "ssl").exists()
