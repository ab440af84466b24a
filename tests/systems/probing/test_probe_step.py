"""Probes as systems: predictions, the cache, export, and fine-tuning that goes on from a probe."""

import json
import sys

import numpy as np
import pytest
import torch
from scipy.signal import resample_poly
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from speechbrain.inference.classifiers import EncoderClassifier

from sb_contrastive.data.audio.reading import read_span
from sb_contrastive.evaluation.embeddings.embed import embed
from sb_contrastive.experiment import Experiment
from sb_contrastive.experiment.overriding.overrides import parse_arguments
from sb_contrastive.systems.probing.encoder_vectors import EncoderVectors

CLASSES = ["ang", "hap", "neu", "sad"]
EMBEDDING = "!name:sb_contrastive.stages.encoder_vectors {reads: embedding}"
ON = (
    "!name:sb_contrastive.stages.ClassifierStep {classifier: "
    "!name:sb_contrastive.encoders.StandardisedLinear , epochs: 1, "
    "least_steps: 1, trainable: output, "
    "learning_rate: !new:sb_contrastive.schedules.Constant {value: %s}}"
)


@pytest.fixture(scope="module")
def corpus(tiny_corpora):
    return tiny_corpora / "iemocap"


@pytest.fixture
def experiment(corpus, tmp_path, tiny_encoder):
    def make(file="floors", folder="run", **more):
        values = {
            "output_folder": tmp_path / folder,
            "data_folder": corpus,
            "prepare": "!name:sb_contrastive.corpora.prepare_iemocap"
            " {expected_utterances: 40}",
            "encoder": tiny_encoder,
            "stages": "[frozen_probe, report]",
            **more,
        }
        if file == "floors":
            values["features_folder"] = tmp_path / "features"
        text = "\n".join(f"{key}: {value}" for key, value in values.items())
        # As from the command line, where nobody has given a device
        _, run_opts, _ = parse_arguments([f"hparams/{file}.yaml"])
        return Experiment(f"hparams/{file}.yaml", text, run_opts)

    return make


def posteriors(rows):
    return [[float(row[f"p_{name}"]) for name in CLASSES] for row in rows]


@pytest.mark.parametrize("reads", ["frames", "embedding"])
def test_predictions_are_those_of_scikit_learn(experiment, reads):
    vectors = f"!name:sb_contrastive.stages.encoder_vectors {{reads: {reads}}}"
    run = experiment(probe=f"{{C: 0.1, vectors: {vectors}}}", fold=2)
    run.run()
    system = run.system("frozen_probe")
    part = system.part(1.0, "2")
    encoder = run.build("encoder")["encoder"].eval()

    def described(rows):
        if reads == "embedding":
            return embed(encoder, rows)
        vectors = []
        for row in rows:
            wav = read_span(row["wav"], int(row["start"]), int(row["stop"]))
            with torch.no_grad():
                frames, _ = encoder.frames(torch.from_numpy(wav)[None])
            frames = frames[0].numpy()
            vectors.append(np.concatenate([frames.mean(0), frames.std(0)]))
        return np.stack(vectors)

    used = [*part.train, *part.valid]
    machine = make_pipeline(
        StandardScaler(),
        LogisticRegression(C=0.1, class_weight="balanced", max_iter=1000),
    ).fit(described(used), [row["label"] for row in used])
    found = system.predictions(1.0)["2"]
    assert [row["ID"] for row in found] == [row["ID"] for row in part.test]
    expected = machine.predict_proba(described(part.test))
    np.testing.assert_allclose(posteriors(found), expected, atol=2e-3)


def test_copies_at_other_speeds_count_as_much_as_the_utterance(experiment):
    run = experiment(
        probe="{C: 0.3, speeds: [0.8, 1.25]}", fold=2, stages="[frozen_probe]"
    )
    run.run()
    part = run.system("frozen_probe").part(1.0, "2")
    encoder = run.build("encoder")["encoder"].eval()

    def described(rows, speed):
        vectors = []
        for row in rows:
            wav = read_span(row["wav"], int(row["start"]), int(row["stop"]))
            up, down = {1.0: (1, 1), 0.8: (5, 4), 1.25: (4, 5)}[speed]
            wav = resample_poly(wav, up, down).astype("float32")
            with torch.no_grad():
                frames, _ = encoder.frames(torch.from_numpy(wav)[None])
            frames = frames[0].numpy()
            vectors.append(np.concatenate([frames.mean(0), frames.std(0)]))
        return np.stack(vectors)

    used = [*part.train, *part.valid]
    x = np.concatenate([described(used, speed) for speed in (1.0, 0.8, 1.25)])
    machine = make_pipeline(
        StandardScaler(),
        LogisticRegression(C=0.3, class_weight="balanced", max_iter=1000),
    ).fit(
        x,
        [row["label"] for row in used] * 3,
        logisticregression__sample_weight=np.full(len(x), 1 / 3),
    )
    found = posteriors(run.system("frozen_probe").predictions(1.0)["2"])
    expected = machine.predict_proba(described(part.test, 1.0))
    # Two resamplers differ near the highest frequencies
    np.testing.assert_allclose(found, expected, atol=0.05)
    assert np.corrcoef(np.ravel(found), np.ravel(expected))[0, 1] > 0.999


def test_from_the_cache_no_utterance_is_embedded(experiment, monkeypatch):
    calls = []
    embedded = EncoderVectors.vector

    def counted(self, wav):
        calls.append(len(wav))
        return embedded(self, wav)

    monkeypatch.setattr(EncoderVectors, "vector", counted)
    first = experiment(folder="first")
    first.run()
    probes = calls.count(2 * 16000)  # of noise
    assert len(calls) - probes == 40
    del calls[:]
    second = experiment(folder="second")
    second.run()
    assert set(calls) == {2 * 16000}
    system = first.system("frozen_probe"), second.system("frozen_probe")
    assert system[0].predictions(1.0) == system[1].predictions(1.0)
    assert len(system[0].predictions(1.0)) == 5


@pytest.mark.parametrize("vectors", ["{}", "{parts: 2}"])
def test_the_model_is_exported_and_says_what_the_probe_has_predicted(
    experiment, vectors
):
    export = "!name:sb_contrastive.stages.export {system: frozen_probe}"
    run = experiment(
        file="floors",
        stages="[frozen_probe, report, opensmile]",
        opensmile=export,
        probe=f"{{vectors: !name:sb_contrastive.stages.encoder_vectors {vectors}}}",
    )
    run.run()
    system = run.system("frozen_probe")
    fold = system.finished(1.0)[0]
    model = EncoderClassifier.from_hparams(source=str(run.folder / "model"))
    test = {row["ID"]: row for row in system.part(1.0, fold).test}
    kept = system.predictions(1.0)[fold][:3]
    step, networks = system.trained(1.0, fold)
    again = step.posteriors(networks, [test[row["ID"]] for row in kept])
    np.testing.assert_allclose(again, posteriors(kept), atol=1e-4)
    for row in kept:
        span = test[row["ID"]]
        wav = read_span(span["wav"], int(span["start"]), int(span["stop"]))
        found, *_ = model.classify_batch(torch.from_numpy(wav)[None])
        np.testing.assert_allclose(
            found.exp()[0], posteriors([row])[0], atol=1e-3
        )


@pytest.mark.parametrize("rate", [0.0, 0.1])
def test_fine_tuning_goes_on_from_the_probe(experiment, rate):
    step = f"!name:sb_contrastive.stages.ProbeStep {{C: 0.01, vectors: {EMBEDDING}}}"
    run = experiment(
        file="dino_ser",
        stages="[linear_probe, two_step]",
        linear_probe="{start: null}",
        two_step="{start: null, steps: [!ref <probe>, !ref <finetune_all>]}",
        probe=step,
        finetune_all=ON % rate,
        batch_size=4,
        trim_silence_db=0,
        fold=1,
    )
    run.run()
    probed, tuned = (
        posteriors(run.system(name).predictions(1.0)["1"])
        for name in ("linear_probe", "two_step")
    )
    assert np.allclose(probed, tuned, atol=1e-3) == (rate == 0)


def test_normalisation_by_speaker_is_named(experiment, capsys):
    run = experiment(
        stages="[frozen_probe, frozen_probe_speaker, report]", fold=1
    )
    run.run()
    told = json.loads((run.folder / "results.json").read_text())["protocol"]
    assert told["normalised_by_speaker"].startswith("frozen_probe_speaker: ")
    assert "a protocol of its own" in capsys.readouterr().out
    plain, normalised = (
        run.system(name).predictions(1.0)["1"]
        for name in ("frozen_probe", "frozen_probe_speaker")
    )
    assert posteriors(plain) != posteriors(normalised)
    step, networks = run.system("frozen_probe_speaker").trained(1.0, "1")
    with pytest.raises(ValueError, match="without normalise"):
        step.exported(networks, "1")


def test_C_is_chosen_on_the_validation_part(experiment):
    run = experiment(probe="{choose_C: [0.000001, 0.1]}", fold=1)
    run.run()
    [log] = run.system("frozen_probe").logs(1.0)["1"].values()
    UA = log["validation_UA"]
    assert log["C"] == float(max(UA, key=UA.get)) and len(UA) == 2
    results = json.loads((run.folder / "results.json").read_text())
    assert results["cost"]["frozen_probe"]["peak_memory_gib"] > 0.1


def test_few_labels_are_not_made_up_for_by_the_validation_part(experiment):
    run = experiment(label_fraction=0.5, fold=1)
    step = run.blueprint("probe").call(
        run.system("frozen_probe").part(0.5, "1"), "probe"
    )
    assert not step.with_validation


@pytest.mark.parametrize("package", ["opensmile", "resemblyzer"])
def test_a_missing_package_is_told_before_anything_runs(
    experiment, monkeypatch, package
):
    monkeypatch.setitem(sys.modules, package, None)
    run = experiment(stages=f"[frozen_probe, {package}, report]")
    with pytest.raises(ModuleNotFoundError, match=f"pip install {package}"):
        run.run()
    assert not (run.folder / "labels_100").exists()
