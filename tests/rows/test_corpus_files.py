"""A corpus given as a folder: whatever rows are made from is recorded, and a change is told."""

from collections import Counter
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from sb_contrastive import corpora
from sb_contrastive.experiment import Experiment
from sb_contrastive.experiment.document import Document
from sb_contrastive.experiment.settings import Settings
from sb_contrastive.rows.corpus_files import corpus_files, trial_files
from sb_contrastive.rows.labelled import labelled_rows
from sb_contrastive.rows.prepared import read_sources
from sb_contrastive.rows.speakers import training_rows
from sb_contrastive.synthetic import write_iemocap, write_voxceleb


@pytest.fixture
def trained(tmp_path):
    """Trains a stage, in name only, on the given sources; called again, checks
    that they have not changed."""

    def call(sources):
        settings = Settings(tmp_path / "out", Document("sort: !name:sorted"))
        settings.check(["sort"])
        settings.begin("sort")
        experiment = SimpleNamespace(settings=settings, taken=settings.note)
        content = read_sources(experiment, sources)
        (settings.folder / "sort").mkdir(parents=True, exist_ok=True)
        (settings.folder / "sort" / "encoder.ckpt").touch()
        return content

    return call


@pytest.fixture
def corpus(tmp_path):
    """Returns a function that writes a small imitation of a corpus."""

    def write(layout):
        folder = tmp_path / layout
        for name in READERS[layout][1]:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix == ".wav":
                soundfile.write(path, np.sin(np.arange(1600)), 16000)
            else:
                path.write_text("as it was")
        return folder

    return write


# A reader, files of its corpus, and one of them that is annotated by hand
READERS = {
    "iemocap": (
        corpora.prepare_iemocap,
        [
            "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt",
            "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav",
        ],
        "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt",
    ),
    "adress": (
        partial(corpora.prepare_adress, audio="full"),
        [
            "train/Full_wave_enhanced_audio/cc/S001.wav",
            "train/transcription/cc/S001.cha",
            "train/cc_meta_data.txt",
        ],
        "train/transcription/cc/S001.cha",
    ),
    "adress_table": (
        corpora.prepare_adress,
        ["train/Full_wave_enhanced_audio/cc/S1.wav", "train/cc_meta_data.txt"],
        "train/cc_meta_data.txt",
    ),
    "voxceleb": (
        corpora.prepare_voxceleb,
        ["wav/id10001/video/00001.wav", "vox1_meta.csv"],
        "vox1_meta.csv",
    ),
    "own": (
        lambda folder, path: None,
        ["labels.tsv", "speech/a.wav"],
        "labels.tsv",
    ),
}


@pytest.mark.parametrize("layout", READERS)
def test_a_changed_annotation_is_refused_by_name(corpus, trained, layout):
    prepare, _, annotation = READERS[layout]
    folder = corpus(layout)
    trained(corpus_files(prepare, folder))
    path = folder / annotation
    path.write_text("as it was")  # the same content at another time
    trained(corpus_files(prepare, folder))
    path.write_text("relabeled")  # of the same length
    with pytest.raises(ValueError, match=f"{path.name} has changed since"):
        trained(corpus_files(prepare, folder))


@pytest.mark.parametrize("layout", READERS)
def test_changed_audio_is_refused(corpus, trained, layout):
    prepare, names, _ = READERS[layout]
    folder = corpus(layout)
    (name,) = [name for name in names if name.endswith(".wav")]
    trained(corpus_files(prepare, folder))
    (folder / name).with_name("._00001.wav").touch()  # left by a file manager
    trained(corpus_files(prepare, folder))
    soundfile.write(folder / name, np.sin(np.arange(1601)), 16000)
    with pytest.raises(ValueError, match="names or sizes of files"):
        trained(corpus_files(prepare, folder))


def test_results_outlive_the_corpus(corpus, trained):
    folder = corpus("iemocap")
    trained(corpus_files(corpora.prepare_iemocap, folder))
    folder.rename(folder.with_name("archive"))
    trained(corpus_files(corpora.prepare_iemocap, folder))


def test_a_results_folder_in_the_corpus_is_no_part_of_it(corpus, trained):
    folder = corpus("own")
    results = folder / "results"
    results.mkdir()
    (results / ".lock").touch()
    trained(corpus_files(print, folder))
    (results / "log.json").write_text("{}")
    trained(corpus_files(print, folder))


def test_the_built_in_corpus_has_no_files_to_watch():
    assert corpus_files(corpora.prepare_iemocap, None) == []


@pytest.mark.parametrize("name", ["enroll.map", "enroll.lst", "spk2utt"])
def test_models_beside_a_trial_list_count(trained, tmp_path, name):
    trials = tmp_path / "trials.txt"
    trials.write_text("1 ann 1.wav\n")
    models = tmp_path / name
    models.write_text("ann 2.wav\n")
    trained(trial_files([trials]))
    trained(trial_files([trials]))
    models.write_text("ann 3.wav\n")
    with pytest.raises(ValueError, match=f"{name} has changed since"):
        trained(trial_files([trials]))


def test_models_that_appear_beside_a_trial_list_are_told(trained, tmp_path):
    trials = tmp_path / "trials.txt"
    trials.write_text("1 ann 1.wav\n")
    trained(trial_files([trials]))
    (tmp_path / "enroll.map").write_text("ann 2.wav\n")
    with pytest.raises(ValueError, match="enroll.map is there now, and was"):
        trained(trial_files([trials]))


def test_a_relabelled_corpus_is_read_again_or_refused(tmp_path):
    folder = Path(write_iemocap(tmp_path / "c", utterances_per_speaker=5))
    prepare = partial(corpora.prepare_iemocap, expected_utterances=None)

    def rows():
        experiment = experiment_on("dino_ser", folder, tmp_path)
        experiment.settings.check(["pretrain"])
        experiment.settings.begin("pretrain")
        return experiment.call(labelled_rows, prepare=prepare)

    def labels():
        return Counter(row["label"] for row in rows())

    first = labels()
    assert labels() == first
    path = next(folder.rglob("EmoEvaluation/*.txt"))
    path.write_text(path.read_text().replace("\tang\t", "\tsad\t"))
    assert labels()["sad"] > first["sad"]
    leave_weights(tmp_path)
    labels()
    path.write_text(path.read_text().replace("\tsad\t", "\tang\t"))
    with pytest.raises(ValueError, match=f"{path.name} has changed since"):
        rows()


def test_the_files_of_a_verification_corpus_are_noted(tmp_path):
    folder = Path(write_voxceleb(tmp_path / "c", speakers=6, utterances=2))

    def rows():
        experiment = experiment_on("dino_sv", folder, tmp_path)
        experiment.settings.check(["pretrain"])
        experiment.settings.begin("pretrain")
        return len(experiment.call(training_rows))

    assert rows() == rows()
    leave_weights(tmp_path)
    rows()
    (meta,) = folder.rglob("vox1_meta.csv")
    text = meta.read_text()
    meta.write_text(text.replace("\tdev", "\ttest", 1))
    with pytest.raises(ValueError, match="vox1_meta.csv has changed since"):
        rows()
    meta.write_text(text)
    rows()
    next(folder.rglob("*.wav")).unlink()
    with pytest.raises(ValueError, match="names or sizes of files"):
        rows()


def experiment_on(name, folder, tmp_path):
    """Return an experiment on a corpus, which fills one output folder."""
    values = f"data_folder: {folder}\noutput_folder: {tmp_path}/out"
    return Experiment(f"hparams/{name}.yaml", values)


def leave_weights(tmp_path):
    """Leave what tells that the stage has been trained."""
    (tmp_path / "out" / "pretrain").mkdir()
    (tmp_path / "out" / "pretrain" / "encoder.ckpt").touch()
