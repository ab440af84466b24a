"""Experiments: a YAML with its overrides is read, checked, and its stages are run in order."""

import inspect
from functools import partial
from pathlib import Path

from sb_contrastive.distributed import world_size
from sb_contrastive.experiment.beside import make_importable
from sb_contrastive.experiment.blueprint import Blueprint, call
from sb_contrastive.experiment.checked import read_checked
from sb_contrastive.experiment.overriding.run_options import is_debug
from sb_contrastive.experiment.overriding.unused import RESOLVED
from sb_contrastive.experiment.running.call import run_experiment
from sb_contrastive.experiment.schema import stage_names
from sb_contrastive.experiment.settings import Settings
from sb_contrastive.experiment.values import Values
from sb_contrastive.files import write_atomically
from sb_contrastive.progress import current
from sb_contrastive.shipped import experiment_file
from sb_contrastive.suggestions import did_you_mean
from sb_contrastive.training.length import (
    batches_in_step,
    brain_options,
    optimizer_steps,
)


class Experiment:
    """One YAML with its command-line overrides.

    Nothing is built before a stage asks for it. Each stage, fold and training
    step has its networks built anew from the same seed, so that none inherits
    another's weights.

    Arguments
    ---------
    hparams_file : str
        The path of a YAML, or the name of an experiment that comes with the
        package, see `experiment_file`.
    overrides : str
        Values of the first level that replace those of the file, as YAML: any
        that the file has, and any that a stage takes by its signature.
        `encoder` may be the name of a file in the folder `models` beside the
        experiment, or the path of one; the values in that file can be replaced
        likewise.
    run_opts : dict, optional
        SpeechBrain's run options (device, precision, debug, ...). Those given
        on the command line are values of the YAML too, where it has such.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When it is no YAML, an override does not fit, or an object, a stage or a
        step in it has an argument that it does not take.

    Example
    -------
    >>> experiment = Experiment("hparams/dino_ser.yaml", "seed: 3")  # doctest: +SKIP
    >>> experiment.run()  # doctest: +SKIP
    """

    def __init__(self, hparams_file, overrides="", run_opts=None):
        self.hparams_file = hparams_file = experiment_file(hparams_file)
        self.run_opts = run_opts
        make_importable(hparams_file.parent)
        self.text, self.resolved, self.document = read_checked(
            hparams_file, overrides, run_opts
        )
        self.hparams = Values(self.document, self.hparams_file)
        self.folder = Path(str(self.hparams["output_folder"]))
        self.seed = self.hparams["seed"]
        self.settings = Settings(self.folder, self.document, run_opts)
        self._results, self._taken = {}, []

    @property
    def debug(self):
        """Tells whether a few batches of one fold will do, to try each line once."""
        return is_debug(self.run_opts, self.document.nodes)

    def build(self, *names):
        """Build values anew, with the seed set before.

        Arguments
        ---------
        *names : str
            Names of the first level of the YAML. Values that are built together
            share the objects they refer to.

        Returns
        -------
        dict
        """
        return self.built(names)

    def load(self):
        """Return the values of the YAML, each built anew when it is asked for.

        Returns
        -------
        Values
        """
        return Values(self.document, self.hparams_file)

    def call(self, function, *context, **given):
        """Call a function or class with this experiment, and with its values for
        the arguments after the `*` of the signature.

        Arguments
        ---------
        function : callable
            Its first argument is the experiment; or a `functools.partial` of one.
        *context
            More arguments by position.
        **given
            Arguments by name, instead of the experiment's values.

        Returns
        -------
        object
            The result.
        """
        if isinstance(function, partial):
            given = {**function.keywords, **given}
            function = function.func
        return call(self, function, context, given)

    def once(self, function):
        """Call a function as `call` does, once in the life of this object.

        Arguments
        ---------
        function : callable
            Experiment -> something that several stages read, such as manifest
            rows; nobody changes it.

        Returns
        -------
        object
            The result.
        """
        own = getattr(function, "keywords", {})
        key = (getattr(function, "func", function), repr(sorted(own.items())))
        if key not in self._results:
            self._taken.append(set())
            result = self.call(function)
            self._results[key] = result, self._taken.pop()
        result, taken = self._results[key]
        self.taken(taken)
        return result

    def blueprint(self, name):
        """Return a value of the YAML that is not built yet.

        Arguments
        ---------
        name : str
            Its name in the first level.

        Returns
        -------
        Blueprint
        """
        return Blueprint(self, self.document.nodes[name], name)

    def systems(self):
        """List the names of the systems in the YAML."""
        return [
            name
            for name in stage_names(self.document)
            if inspect.isclass(self.blueprint(name).target)
        ]

    def system(self, name):
        """Return a system of the experiment.

        Arguments
        ---------
        name : str
            Its name in the YAML.

        Returns
        -------
        System
            Without any network built.

        Raises
        ------
        ValueError
            When the YAML has no system of this name.
        """
        known = self.systems()
        if name not in known:
            raise ValueError(
                f"{self.hparams_file} has no system {name!r}"
                f"{did_you_mean(name, known)}"
            )
        return self.blueprint(name).call(name)

    def built(self, names, node=None):
        """Build values that a stage takes, and note that it depends on them.

        Arguments
        ---------
        names : iterable of str
            Names of the first level.
        node : yaml.Node, optional
            A value from anywhere in the YAML.

        Returns
        -------
        dict
            See `Document.build`.
        """
        self.taken(names)
        return self.document.build(names, node)

    def taken(self, names):
        """Note that the stage under way depends on values, or on files.

        Arguments
        ---------
        names : iterable of str or pathlib.Path
            Names of the first level; files whose content counts.
        """
        for taken in self._taken:
            taken.update(names)
        self.settings.note(names)

    def write_resolved(self):
        """Leave the experiment in its output folder as one YAML that stands by
        itself, without overrides, references and includes.

        Returns
        -------
        pathlib.Path
        """
        path = self.folder / "experiment.yaml"
        text = RESOLVED + self.resolved.removeprefix(RESOLVED)
        write_atomically(path, lambda p: p.write_text(text, encoding="utf-8"))
        return path

    def brain_options(self):
        """Return the values of the YAML that SpeechBrain's Brain reads as run
        options.

        Returns
        -------
        dict
        """
        return brain_options(self.hparams)

    def optimizer_steps(self, epochs, batches):
        """Count the optimiser steps of a training run, as schedules do.

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
        """Run the stages named in `stages`, after all of them have been checked."""
        run_experiment(self)

    def expect(self, stage, kind, epochs, batches, audio=1, steps=0):
        """Tell the display of a training run that will come, for the time left.

        Arguments
        ---------
        stage, kind : str
            See `sb_contrastive.progress.plan.Plan`.
        epochs, batches : int
            Epochs, and the batches in each, over all processes.
        audio : int
            Samples that go through the network in a step: by these an unknown
            step is compared with a known one.
        steps : int
            Optimiser steps after which it ends; 0: after its last epoch.
        """
        batches //= world_size()
        if self.debug:
            options = self.run_opts or {}
            epochs = min(epochs, options.get("debug_epochs", epochs))
            batches = min(batches, options.get("debug_batches", batches))
        expected = epochs * batches
        if steps:
            each = batches_in_step(self.hparams, self.run_opts) // world_size()
            expected = min(expected, steps * each)
        current().expect(stage, kind, expected, audio)
