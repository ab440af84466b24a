"""Experiments: a YAML with its overrides is read, checked, and its stages are run in order."""

import inspect
import io
import time
from functools import cached_property, partial
from pathlib import Path

from hyperpyyaml import resolve_references
from speechbrain.utils.distributed import ddp_barrier, run_on_main
from speechbrain.utils.logger import get_logger

from sb_contrastive.distributed import world_size
from sb_contrastive.experiment.beside import make_importable
from sb_contrastive.experiment.blueprint import Blueprint, call
from sb_contrastive.experiment.checks import (
    check_arguments,
    check_names,
    check_stage,
)
from sb_contrastive.experiment.document import Document
from sb_contrastive.experiment.overriding.library_ranges import (
    check_optimisers,
)
from sb_contrastive.experiment.overriding.names import (
    names_to_the_letter,
    takers,
)
from sb_contrastive.experiment.overriding.numbers import (
    argument_references,
    check_numbers,
    check_run_options,
)
from sb_contrastive.experiment.overriding.overridden import overridden
from sb_contrastive.experiment.overriding.run_options import (
    given_options,
    is_debug,
)
from sb_contrastive.experiment.overriding.unused import (
    RESOLVED,
    check_used,
)
from sb_contrastive.experiment.provenance.account import closing, opening
from sb_contrastive.experiment.provenance.completion import Completion
from sb_contrastive.experiment.provenance.kept_warnings import kept_warnings
from sb_contrastive.experiment.provenance.lock import locked
from sb_contrastive.experiment.schema import shared_values, stage_names
from sb_contrastive.experiment.settings import Settings
from sb_contrastive.experiment.unrolling import unroll
from sb_contrastive.experiment.values import Values
from sb_contrastive.experiment.yaml_errors import build_once, yaml_errors
from sb_contrastive.files import write_atomically
from sb_contrastive.progress import current
from sb_contrastive.progress.duration import duration
from sb_contrastive.shipped import experiment_file
from sb_contrastive.suggestions import did_you_mean
from sb_contrastive.training.garbage import keep_libraries_out
from sb_contrastive.training.length import brain_options, optimizer_steps
from sb_contrastive.user_errors import is_user_error

logger = get_logger(__name__)


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
        make_importable(self.hparams_file.parent)
        with yaml_errors(hparams_file):
            self.text = overridden(self.hparams_file, overrides, run_opts)
            self.document = unroll(Document(self._resolved, hparams_file))
            known = takers(self.document)
            names_to_the_letter(self.document.nodes, known)
            check_names(self.document, hparams_file, self.text)
            check_arguments(self.document, hparams_file)
            written = Document(self.text)
            check_used(self.hparams_file, overrides, written, self.text)
            references = argument_references(written.nodes)
            check_numbers(self.document, known, references, hparams_file)
            check_optimisers(self.document, hparams_file)
            check_run_options(given_options(run_opts))
        self.hparams = Values(self.document, self.hparams_file)
        self.folder = Path(str(self.hparams["output_folder"]))
        self.seed = self.hparams["seed"]
        self.settings = Settings(self.folder, self.document, run_opts)
        self._results, self._taken = {}, []

    @property
    def debug(self):
        """Whether a few batches of one fold will do, to try each line once."""
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
        text = RESOLVED + self._resolved.removeprefix(RESOLVED)
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
        stages = list(self.hparams["stages"])
        known = stage_names(self.document)
        for name in stages:
            if name not in known:
                raise ValueError(
                    f"{self.hparams_file} has no stage {name!r}"
                    f"{did_you_mean(name, known)}"
                )
            check_stage(self.document, name, self.hparams_file)
        run_on_main(self.settings.check, args=[stages])
        mark = Completion(
            self.folder,
            stages,
            self._resolved,
            self.run_opts,
            self.hparams_file,
        )
        on = self._finished_on(mark, stages)
        ddp_barrier()  # all processes have looked before one goes on
        if on is not None:
            current().say(f"nothing to do: finished on {on}. There is")
            self._close(None)
            return
        begin = time.monotonic()
        for line in opening(self, stages):
            current().say(line)
        current().say("Checking all stages: audio, folds, networks")
        with locked(self.folder), kept_warnings(self.folder):
            self._run(stages)
            if not self.debug:
                run_on_main(mark.write)
            run_on_main(self._write_page)
        self._close(time.monotonic() - begin)

    def expect(self, stage, kind, epochs, batches, audio=1):
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
        """
        batches //= world_size()
        if self.debug:
            options = self.run_opts or {}
            epochs = min(epochs, options.get("debug_epochs", epochs))
            batches = min(batches, options.get("debug_batches", batches))
        current().expect(stage, kind, epochs * batches, audio)

    def _finished_on(self, mark, stages):
        if self.debug or any(map(self.settings.record.changes, stages)):
            return None
        return mark.finished_on()

    def _close(self, seconds):
        """Tell how long it took, and what lies where."""
        if seconds is not None:
            current().say(f"Finished after {duration(seconds)}. There is")
        for line in closing(self.folder):
            current().say(line)

    def _write_page(self):
        """Leave report.html; a fault of it is no reason to fail a finished run."""
        try:
            from sb_contrastive.report_page import has_run, write_page

            if has_run(self.folder):
                write_page(self.folder)
        except Exception as error:
            logger.warning(
                f"the page of this run could not be written ({error}); "
                f"`sb-contrastive report {self.folder}` tries again"
            )

    def _run(self, stages):
        try:
            for name in stages:
                self.blueprint(name).check()
        except Exception as error:
            if not is_user_error(error):  # of a value, maybe: then by its name
                self._build_once(stages)
            raise
        self._build_once(stages)
        keep_libraries_out()
        if self.debug:
            logger.warning(
                f"DEBUG RUN: a few batches of a few epochs, in {self.folder}; "
                f"its results tell nothing"
            )
        run_on_main(self.write_resolved)
        for number, name in enumerate(stages, start=1):
            with current().stage(name, number, len(stages)):
                self.settings.begin(name)
                stage = self.blueprint(name).call(name)
                if hasattr(stage, "run"):  # a system, made before it runs
                    stage.run()

    def _build_once(self, stages):
        build_once(self.document, self._used(stages), self.hparams_file)

    def _used(self, stages):
        """List the stages, and the values that they take."""
        nodes, names = self.document.nodes, dict.fromkeys(stages)
        for stage in stages:
            names |= shared_values(self.document, nodes[stage])
        return [name for name in names if name in nodes]

    @cached_property
    def _resolved(self):
        stream = io.StringIO(self.text)
        stream.name = str(self.hparams_file)  # where included files are sought
        return resolve_references(stream).read()
