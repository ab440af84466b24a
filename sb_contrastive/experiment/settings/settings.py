"""Keeps an output folder to one experiment: what a stage was trained with is written down, and a later run must agree."""

from pathlib import Path

from sb_contrastive.distributed import world_size
from sb_contrastive.experiment.provenance.contents import named_files
from sb_contrastive.experiment.provenance.own_code import own_code
from sb_contrastive.experiment.provenance.record import OUTPUT, Record
from sb_contrastive.experiment.settings.compared import (
    FREE,
    TRAINING_OPTIONS,
    changed_options,
)
from sb_contrastive.experiment.settings.difference import difference
from sb_contrastive.experiment.settings.left import (
    has_trained,
    read_settings,
    write_settings,
)


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
        recorded, changed = read_settings(self.folder), []
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
        recorded = read_settings(self.folder)
        own = recorded.get(stage, {})
        if not has_trained(self.folder, stage):
            own = {}
            self.record.forget(stage)
        recorded[stage] = {**own, **self._of_stage(stage)}
        write_settings(self.folder, recorded)
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
        recorded = read_settings(self.folder)
        own = recorded.setdefault(self.stage, {})
        # None stands for the default of a value that the YAML does not write
        new = {name: self._now(name) for name in names if name not in FREE}
        if not new.items() <= own.items():
            own.update(new)
            write_settings(self.folder, recorded)

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
        return read_settings(self.folder).get(stage, {}).get(stage)

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
            for own in read_settings(self.folder).values()
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
        changed = changed_options(self.run_opts)
        for name in ("seed", *TRAINING_OPTIONS):
            if name in self.document.nodes:
                found[name] = self._now(name)
            elif name in changed:
                found[name] = changed[name]
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
            difference(stage, name, before.get(name), now.get(name))
            for name in {**before, **now}
            if before.get(name) != now.get(name)
        ]


def _launch(processes):
    if processes == 1:
        return "python train.py"
    return f"torchrun --nproc_per_node={processes}"
