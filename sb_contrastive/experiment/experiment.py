"""Reads an experiment's YAML, runs its stages in order and skips what is already done."""

import io
import re
import sys
from pathlib import Path

import yaml
from hyperpyyaml import load_hyperpyyaml, resolve_references
from speechbrain.utils.distributed import run_on_main
from speechbrain.utils.logger import get_logger

from sb_contrastive.experiment.encoder_values import (
    encoder_values,
    include_with,
)
from sb_contrastive.experiment.overrides import check_override, parse_overrides
from sb_contrastive.experiment.run_options import given_options
from sb_contrastive.experiment.settings import keep_to, settings_of
from sb_contrastive.experiment.yaml_check import (
    Values,
    check_keywords,
    check_names,
    yaml_errors,
)
from sb_contrastive.files import write_atomically
from sb_contrastive.suggestions import did_you_mean
from sb_contrastive.training.length import brain_options, optimizer_steps

logger = get_logger(__name__)

MAPPING = "tag:yaml.org,2002:map"
# The value `encoder` at the top level, with all that is indented below it
_ENCODER = re.compile(r"^encoder:.*\n?(?:[ \t]+\S.*\n?)*", re.MULTILINE)


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
        the path of one; the values in that file can be replaced likewise.
    run_opts : dict, optional
        SpeechBrain's run options (device, precision, debug, ...). Those given
        on the command line are values of the YAML too, where it has such.

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
        self.text = self.hparams_file.read_text(encoding="utf-8")
        _make_importable(self.hparams_file.parent)
        with yaml_errors(hparams_file):
            check_names(self._nodes(), hparams_file)
            self.overrides = self._checked(overrides)
        self.hparams = self.load()
        check_keywords(self.hparams, hparams_file)
        self.folder = Path(str(self.hparams["output_folder"]))

    def load(self):
        """Builds the YAML's objects anew.

        Returns
        -------
        dict
            The values of the YAML by name.

        Raises
        ------
        ValueError
            When it is no YAML, or names an argument that an object lacks.
        """
        with yaml_errors(self.hparams_file):
            values = load_hyperpyyaml(self._stream(), self.overrides)
        return Values(values, self.hparams_file)

    def settings(self):
        """What the experiment's results depend on, see `settings_of`."""
        resolved = resolve_references(self._stream(), self.overrides)
        return settings_of(resolved.read())

    def write_resolved(self):
        """Leaves the experiment in its output folder as one YAML that stands by
        itself, without overrides, references and includes.

        Returns
        -------
        pathlib.Path
        """
        text = resolve_references(self._stream(), self.overrides).read()
        path = self.folder / "experiment.yaml"
        write_atomically(path, lambda p: p.write_text(text, encoding="utf-8"))
        return path

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

    def _stream(self):
        stream = io.StringIO(self.text)
        stream.name = str(self.hparams_file)  # where included files are sought
        return stream

    def _checked(self, overrides):
        """Overrides without those of the encoder, which go into the text."""
        before = self._nodes()
        given = parse_overrides(overrides)
        for name, value in given_options(self.run_opts).items():
            if name in before:  # SpeechBrain has taken it out of the overrides
                given |= parse_overrides(f"{name}: {value}")
        own = {key: pair for key, pair in given.items() if key in before}
        rest = {k: v for k, (_, v) in given.items() if k not in own}
        file = self._included_encoder()
        if "encoder" in own:
            file = self._encoder_file(own.pop("encoder")[1])
        for key, (_, value) in own.items():
            check_override(key, before[key], value)
        inner = encoder_values(file) if rest and file else {}
        for key in rest:
            if key not in inner:
                raise ValueError(
                    f"{self.hparams_file} has no value --{key}"
                    f"{did_you_mean(key, [*before, *inner])}"
                )
        if rest or "encoder" in given:
            self.text = _ENCODER.sub(
                lambda _: include_with(file, rest), self.text
            )
        return yaml.serialize(yaml.MappingNode(MAPPING, list(own.values())))

    def _nodes(self):
        """What the experiment's own text says, by name."""
        root = yaml.compose(self.text, Loader=yaml.SafeLoader)
        if not isinstance(root, yaml.MappingNode):
            raise ValueError(
                f"{self.hparams_file} is no experiment: its first level is "
                f"made of lines such as 'seed: 1986'"
            )
        return {key.value: value for key, value in root.value}

    def _included_encoder(self):
        """The file that the experiment's own value `encoder` includes, if any."""
        found = re.search(r"^encoder: *!include:(\S+)", self.text, re.MULTILINE)
        return found and self.hparams_file.parent / found[1]

    def _encoder_file(self, node):
        models, name = self.hparams_file.parent / "models", node.value
        if not isinstance(node, yaml.ScalarNode):
            raise ValueError(
                "--encoder is the name of a YAML, whose values are given "
                "beside it: --encoder xvector --embedding_dim 192"
            )
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
