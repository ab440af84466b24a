"""A debug run on a few files fills its batches, and its final model is one of a debug run, pretrained on all folds."""

import json

import numpy as np
import pytest
import soundfile

from sb_contrastive.brains import DINOBrain
from sb_contrastive.command_line import main
from sb_contrastive.experiment import Experiment
from sb_contrastive.experiment.overriding.overrides import parse_arguments

STEP = (
    "{trainable: all, epochs: 3, least_steps: 1, learning_rate: "
    "!new:sb_contrastive.schedules.Constant {value: 0.01}}"
)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    """Two classes of four speakers, two files of each."""
    folder, rng = tmp_path_factory.mktemp("few"), np.random.default_rng(0)
    lines = ["wav,label,speaker"]
    for speaker in "abcd":
        for label in ("glad", "glum"):
            for number in range(2):
                name = f"{speaker}_{label}_{number}.wav"
                noise = 0.1 * rng.standard_normal(8000)
                soundfile.write(folder / name, noise, 16000)
                lines.append(f"{name},{label},{speaker}")
    (folder / "my.csv").write_text("\n".join(lines))
    return folder / "my.csv"


@pytest.fixture(scope="module")
def heard():
    """Utterances of each pretraining, in the order of their runs."""
    return []


@pytest.fixture(scope="module")
def debug_run(manifest, tmp_path_factory, tiny_encoder, heard):
    """The folder of a debug run with an encoder of each fold, and a model."""
    fit = DINOBrain.fit

    def listen(self, counter, train, valid, **options):
        size = options["train_loader_kwargs"]["batch_size"]
        heard.append((size, {*train.data_ids, *valid.data_ids}))
        return fit(self, counter, train, valid, **options)

    values = {
        "output_folder": tmp_path_factory.mktemp("run") / "out",
        "manifest": manifest,
        "unlabelled": "null",
        "encoder": tiny_encoder,
        "stages": "[pretrain, all_at_once, report, export]",
        "export": "{system: all_at_once}",
        "finetune_once": STEP,
        "finetune_augmentation": "null",
        "augmentation": "null",
        "prototypes": 16,
        "validation": "speakers",
    }
    text = "\n".join(f"{key}: {value}" for key, value in values.items())
    words = ["dino_ser", "--debug", "--debug_epochs", "1", "--device", "cpu"]
    patch = pytest.MonkeyPatch()
    patch.setattr(DINOBrain, "fit", listen)
    run = Experiment("hparams/dino_ser.yaml", text, parse_arguments(words)[1])
    run.run()
    yield run.folder
    patch.undo()


def test_batches_shrink_to_what_the_files_fill(debug_run, heard):
    # Two of three speakers are trained on, one of these is held out: 32 were
    # asked for
    assert heard[0][0] == 4 and len(heard[0][1]) == 8


def test_the_final_model_is_of_the_settings_of_the_run(
    debug_run, heard, capsys
):
    before = (debug_run / "settings.json").read_text()
    assert json.loads(before)["all_at_once"]["debug"] == "True"
    main(["export", str(debug_run), "--all_data"])
    assert "a model folder" in capsys.readouterr().out
    size, utterances = heard[1]
    assert len(heard) == 2 and len(utterances) == 16  # of all folds
    weights = debug_run / "pretrain/all_data/encoder.ckpt"
    assert weights.is_file() and size == 12
    card = (debug_run / "model/README.md").read_text()
    assert "DEBUG RUN" in card and "the labelled audio of all folds" in card
    main(["export", str(debug_run), "--all_data"])
    assert len(heard) == 2  # it is there already
    main(["export", str(debug_run)])
    card = (debug_run / "model/README.md").read_text()
    assert "DEBUG RUN" in card and "training part of each fold" in card
    settings = json.loads((debug_run / "settings.json").read_text())
    assert settings["all_at_once"] == json.loads(before)["all_at_once"]


def test_a_debug_run_under_another_name(debug_run, capsys):
    renamed = debug_run.rename(debug_run.with_name("real"))
    with pytest.raises(SystemExit):
        main(["export", str(renamed), "--all_data"])
    assert "whose folder ends with _debug" in capsys.readouterr().err
    renamed.rename(debug_run)
