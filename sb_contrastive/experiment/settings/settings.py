"""Keeps an output folder to one experiment: what a stage was trained with is written down, and a later run must agree."""

import json
from pathlib import Path

import yaml
from speechbrain.utils.distributed import if_main_process
from speechbrain.utils.run_opts import RunOptions

from sb_contrastive.distributed import world_size
from sb_contrastive.experiment.overriding.run_options import given_options
from sb_contrastive.experiment.provenance.contents import named_files
from sb_contrastive.experiment.provenance.own_code import own_code
from sb_contrastive.experiment.provenance.record import OUTPUT, SETTINGS, Record
from sb_contrastive.files import write_atomically

# What may differ between two calls that fill the same folder
FREE = (
    "fold",
    "label_fraction",
    "num_workers",
    "tensorboard",
    # of a study, which may grow; each of its runs keeps to its own settings
    "study",
    "seeds",
    "only",
    "jobs",
    "job_devices",
)
# Run options of SpeechBrain that change what is trained
TRAINING_OPTIONS = (
    "precision",
    "eval_precision",
    "auto_mix_prec",
    "bfloat16_mix_prec",
    "data_parallel_backend",
    "remove_vector_weight_decay",
    "max_grad_norm",
    "skip_nonfinite_grads",
    "grad_accumulation_factor",
    "optimizer_step_limit",
    "debug",
    "debug_batches",
    "debug_epochs",
)
DEFAULTS = RunOptions().as_dict()
# What only training leaves
LEFT = ("*.ckpt", "*.npz", "predictions.csv", "pseudo_labels.csv")


class Settings:
    """The settings that each stage has been run with, in `settings.json`.

    A stage depends on the values that it has taken; these are noted while it
    runs, and those alone must agree when the same folder is used again.

    Arguments
    ---------
    folder : pathlib.Path
        The experiment's output folder.
    document : Document
        The experiment.
    run_opts : speechbrain.utils.run_opts.RunOptions, optional
        Of the command line.

    Example
    -------
    >>> from sb_contrastive.experiment.document import Document
    >>> folder = getfixture("tmp_path") / "results"
    >>> first = Settings(folder, Document("lr: 0.1\\nsort: !name:sorted"))
    >>> first.begin("sort")
    >>> first.note(["lr"])
    >>> (folder / "sort").mkdir()
    >>> (folder / "sort" / "encoder.ckpt").touch()
    >>> Settings(folder, Document("lr: 0.2\\nsort: !name:sorted")).check(["sort"])
    Traceback (most recent call last):
    ...
    ValueError: ... holds sort of an experiment with other settings: give another --output_folder, or delete that one
      sort: lr: 0.1 there, 0.2 now
    """

    def __init__(self, folder, document, run_opts=None):
        self.folder, self.document = folder, document
        self.run_opts, self.stage = run_opts, None
        self.record = Record(folder, run_opts)

    def check(self, stages):
        """Refuse to go on where a stage was trained with other settings: what is
        finished would be taken for results of these.

        Arguments
        ---------
        stages : list of str
            Those that shall run.

        Raises
        ------
        ValueError
            With a line for each value that differs.
        """
        recorded, changed = self._read(), []
        for stage in stages:
            if has_trained(self.folder, stage):
                changed += self._changes(stage, recorded.get(stage, {}))
                changed += self.record.changes(stage)
        if changed:
            names = ", ".join(
                dict.fromkeys(c.split(":")[0].strip() for c in changed)
            )
            raise ValueError(
                f"{self.folder} holds {names} of an experiment with other "
                f"settings: give another --output_folder, or delete that one\n"
                + "\n".join(changed)
            )

    def begin(self, stage):
        """Note the settings of a stage that is about to run.

        As long as it has left nothing, a mistake may be mended: older settings
        are forgotten.

        Arguments
        ---------
        stage : str
            Its name.
        """
        self.stage = stage
        recorded = self._read()
        own = recorded.get(stage, {})
        if not has_trained(self.folder, stage):
            own = {}
            self.record.forget(stage)
        recorded[stage] = {**own, **self._of_stage(stage)}
        self._write(recorded)
        self.record.note(stage, self._inputs([stage]))

    def note(self, names):
        """Note values that the stage under way has taken.

        Arguments
        ---------
        names : iterable of str or pathlib.Path
            Values of the experiment; those that may change from call to call
            are left out. Files that the stage reads, whose content counts.
        """
        if self.stage is None:
            return
        files = [name for name in names if isinstance(name, Path)]
        names = [name for name in names if not isinstance(name, Path)]
        self.record.note(self.stage, [*files, *self._inputs(names)])
        recorded = self._read()
        own = recorded.setdefault(self.stage, {})
        # None stands for the default of a value that the YAML does not write
        new = {name: self._now(name) for name in names if name not in FREE}
        if not new.items() <= own.items():
            own.update(new)
            self._write(recorded)

    def check_processes(self, stage):
        """Refuse to go on with what other numbers of processes have begun.

        Arguments
        ---------
        stage : str
            A stage of which something is still to be trained.

        Raises
        ------
        ValueError
            With the number that it was begun with.
        """
        if not has_trained(self.folder, stage):
            return
        for call in self.record.calls(stage):
            if call["processes"] != world_size():
                raise ValueError(
                    f"{self.folder} holds {stage} as {call['processes']} "
                    f"process(es) have begun it, and now there are "
                    f"{world_size()}: batches and schedules would be others; "
                    f"use {_launch(call['processes'])}, or give another "
                    f"--output_folder"
                )

    def trains(self, unit):
        """Note that the stage under way trains something in this call.

        Arguments
        ---------
        unit : pathlib.Path
            The folder of what is trained.
        """
        if self.stage is not None:
            self.record.trains(self.stage, unit)

    def recorded(self, stage):
        """Return the YAML of a stage as it was when it ran, None before that."""
        return self._read().get(stage, {}).get(stage)

    def run_options(self):
        """Return SpeechBrain's run options that change training, with which the
        stages in this folder were trained.

        Returns
        -------
        dict of str to object
            By name, as `as_words` takes them; without those of the YAML itself.
        """
        return {
            name: value if value != "True" else True
            for own in self._read().values()
            for name, value in own.items()
            if name in TRAINING_OPTIONS and name not in self.document.nodes
        }

    def _inputs(self, names):
        """List the files that values name: manifests, weights, own code."""
        nodes = self.document.nodes
        nodes = [nodes[n] for n in names if n in nodes and n != "output_folder"]
        return [
            path
            for node in nodes
            for path in (*named_files(node), *own_code(node))
        ]

    def _of_stage(self, stage):
        """Collect the stage itself, the seed, and run options that change training."""
        found = {stage: self._now(stage)}
        given = given_options(self.run_opts)
        for name in ("seed", *TRAINING_OPTIONS):
            if name in self.document.nodes:
                found[name] = self._now(name)
            elif given.get(name, DEFAULTS.get(name)) != DEFAULTS.get(name):
                found[name] = str(given[name])
        return found

    def _now(self, name):
        node = self.document.nodes.get(name)
        if node is None:
            return None
        # A moved folder is the same folder
        if name == "output_folder":
            return OUTPUT
        text, folder = self.document.text(node), str(self.folder)
        return text.replace(f"{folder}/", f"{OUTPUT}/")

    def _changes(self, stage, before):
        """Describe each value that differs in one line."""
        if not before:
            return []
        now = {name: self._now(name) for name in before}
        now |= self._of_stage(stage)
        return [
            _difference(stage, name, before.get(name), now.get(name))
            for name in {**before, **now}
            if before.get(name) != now.get(name)
        ]

    def _read(self):
        path = self.folder / SETTINGS
        if not path.is_file():
            return {}
        found = json.loads(path.read_text(encoding="utf-8"))
        if not all(isinstance(record, dict) for record in found.values()):
            raise ValueError(
                f"{self.folder} was filled by an earlier version of "
                f"sb_contrastive: give another --output_folder"
            )
        return found

    def _write(self, recorded):
        if not if_main_process():
            return
        text = json.dumps(recorded, indent=1)
        self.folder.mkdir(parents=True, exist_ok=True)
        write_atomically(
            self.folder / SETTINGS,
            lambda p: p.write_text(text, encoding="utf-8"),
        )


def has_trained(folder, stage):
    """Tell whether a stage has left anything that results could be taken from.

    Arguments
    ---------
    folder : pathlib.Path
        The experiment's output folder.
    stage : str
        Name of the stage.

    Returns
    -------
    bool
    """
    own = [folder / stage, *folder.glob(f"labels_*/{stage}")]
    return any(
        next(place.rglob(pattern), None) for place in own for pattern in LEFT
    )


def _launch(processes):
    if processes == 1:
        return "python train.py"
    return f"torchrun --nproc_per_node={processes}"


def _difference(stage, name, old, new):
    """Show where a value changed, however deep in it."""
    if old is None or new is None:
        value = old or new or ""
        shown = f" ({value})" if value and "\n" not in value else ""
        when = "there" if new is None else "now"
        return f"  {stage}: {name}: only {when}{shown}"
    there, now = (dict(_leaves(yaml.compose(text))) for text in (old, new))
    for place in {**there, **now}:
        one, other = there.get(place), now.get(place)
        if one != other:
            where = " ".join((name, *place))
            return (
                f"  {stage}: {where}: {one or 'nothing'} there, "
                f"{other or 'nothing'} now"
            )


def _leaves(node, place=()):
    """List the single values that a node is made of, with the way to each."""
    if node.tag.startswith("!"):
        yield (*place, "class"), node.tag.partition(":")[2]
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _leaves(value, (*place, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value, start=1):
            yield from _leaves(value, (*place, str(number)))
    elif not node.tag.startswith("!"):
        yield place, node.value
