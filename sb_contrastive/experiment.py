"""Reads an experiment's YAML, runs its stages in order and skips what is already done."""

import sys
from pathlib import Path

import yaml
from hyperpyyaml import load_hyperpyyaml, resolve_references
from speechbrain.utils.distributed import run_on_main
from speechbrain.utils.logger import get_logger

from sb_contrastive.settings import keep_to, settings_of
from sb_contrastive.stages.lengths import brain_options, optimizer_steps
from sb_contrastive.suggestions import did_you_mean

logger = get_logger(__name__)


class Experiment:
    """One YAML with its command-line overrides.

    Everything the YAML builds (networks, optimiser, schedules) is built anew by
    each call of `load`, so that every stage and every fold starts from the same
    seed and none inherits another's weights.

    Arguments
    ---------
    hparams_file : str
        The experiment, e.g. hparams/dino_ser.yaml.
    overrides : str
        Top-level values that replace those of the file, as YAML. `encoder` may
        be the name of a file in the folder `models` beside the experiment, or
        the path of one.
    run_opts : dict, optional
        SpeechBrain's run options (device, precision, debug, ...).

    Example
    -------
    >>> experiment = Experiment("hparams/dino_ser.yaml", "seed: 3")  # doctest: +SKIP
    >>> experiment.run()  # doctest: +SKIP
    """

    def __init__(self, hparams_file, overrides="", run_opts=None):
        self.hparams_file = Path(hparams_file)
        if not self.hparams_file.is_file():
            near = sorted(
                p.name for p in self.hparams_file.parent.glob("*.yaml")
            )
            raise FileNotFoundError(
                f"there is no experiment {hparams_file}; "
                f"{self.hparams_file.parent} holds {', '.join(near) or 'none'}"
            )
        self.run_opts = run_opts
        _make_importable(self.hparams_file.parent)
        self.overrides = self._checked(overrides)
        self.hparams = self.load()
        self.folder = Path(self.hparams["output_folder"])

    def load(self):
        """Builds the YAML's objects anew.

        Returns
        -------
        dict
            The values of the YAML by name.
        """
        with open(self.hparams_file, encoding="utf-8") as file:
            return load_hyperpyyaml(file, self.overrides)

    def settings(self):
        """What the experiment's results depend on, see `settings_of`."""
        with open(self.hparams_file, encoding="utf-8") as file:
            return settings_of(resolve_references(file, self.overrides).read())

    def brain_options(self):
        """Values of the YAML that SpeechBrain's Brain reads as run options.

        Returns
        -------
        dict
        """
        return brain_options(self.hparams)

    def optimizer_steps(self, epochs, batches):
        """Optimiser steps of a training run: what schedules count.

        Arguments
        ---------
        epochs : int
            Epochs in all.
        batches : int
            Batches in each, over all processes.

        Returns
        -------
        int
        """
        return optimizer_steps(epochs, batches, self.hparams, self.run_opts)

    def run(self):
        """Runs the stages named in `stages`."""
        for name in self.hparams["stages"]:
            stage = self.hparams.get(name)
            if not callable(stage):
                known = [k for k, v in self.hparams.items() if callable(v)]
                raise ValueError(
                    f"{self.hparams_file} has no stage {name!r}"
                    f"{did_you_mean(name, known)}"
                )
        stages = self.hparams["stages"]
        run_on_main(keep_to, args=[self.folder, self.settings(), stages])
        for name in stages:
            logger.info(f"Stage {name}")
            self.hparams[name](self, name)

    def _checked(self, overrides):
        text = self.hparams_file.read_text(encoding="utf-8")
        known = [
            line.split(":")[0]
            for line in text.splitlines()
            if ":" in line and line[:1].isalpha()
        ]
        lines, given = [], set()
        root = yaml.compose(overrides, Loader=yaml.BaseLoader)
        for key, value in root.value if root else []:
            key, value = key.value, value.value
            if key in given:
                raise ValueError(
                    f"--{key} is given twice, and only one value can count: "
                    f"leave one out"
                )
            given.add(key)
            if key not in known:
                raise ValueError(
                    f"{self.hparams_file} has no value --{key}"
                    f"{did_you_mean(key, known)}"
                )
            if key == "encoder":
                value = self._encoder_file(value)
                lines.append(f"encoder: !include:{value}")
        rest = [
            line
            for line in overrides.splitlines()
            if line.split(":")[0] != "encoder"
        ]
        return "\n".join(rest + lines)

    def _encoder_file(self, name):
        models = self.hparams_file.parent / "models"
        for path in (models / f"{name}.yaml", Path(name)):
            if path.is_file():
                _make_importable(path.parent)
                return path.resolve().as_posix()
        known = sorted(path.stem for path in models.glob("*.yaml"))
        raise ValueError(
            f"there is no encoder {name!r}; give the path of a YAML or one of "
            f"{', '.join(known)}{did_you_mean(name, known)}"
        )


def _make_importable(folder):
    """Lets a YAML name the classes of Python files that lie beside it."""
    folder = str(folder.resolve())
    if folder not in sys.path:
        # Last: a file of one's own hides no module of the same name
        sys.path.append(folder)
