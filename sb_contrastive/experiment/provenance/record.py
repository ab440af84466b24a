"""The record of what trained each stage: command, versions, processes, and the content of every input."""

import json
from pathlib import Path

from speechbrain.utils.distributed import if_main_process

from sb_contrastive.distributed import world_size
from sb_contrastive.evaluation.package_versions import versions
from sb_contrastive.experiment.overriding.run_options import given_options
from sb_contrastive.experiment.provenance.contents import digest
from sb_contrastive.files import write_atomically
from sb_contrastive.process.invocation import command_line

FILE = "provenance.json"
SETTINGS = "settings.json"  # beside it
OUTPUT = "<output_folder>"  # a moved folder is the same folder


class Record:
    """A record of the inputs and the call that trained each stage, in `provenance.json`.

    Arguments
    ---------
    folder : pathlib.Path
        The experiment's output folder.
    run_opts : speechbrain.utils.run_opts.RunOptions, optional
        Of the command line.

    Example
    -------
    >>> folder = getfixture("tmp_path")
    >>> _ = (folder / "my.csv").write_text("wav")
    >>> record = Record(folder / "results")
    >>> record.note("pretrain", [folder / "my.csv"])
    >>> record.trains("pretrain", folder / "results" / "pretrain")
    >>> _ = (folder / "my.csv").write_text("wav,label")
    >>> Record(folder / "results").changes("pretrain")
    ['  pretrain: ...my.csv has changed since']
    """

    def __init__(self, folder, run_opts=None):
        self.folder, self.run_opts = folder, run_opts
        self._folders = {}  # a million files are listed once in a call

    def forget(self, stage):
        """Drop what is known of a stage that has left nothing."""
        known = self.read()
        if known.pop(stage, None) is not None:
            self._write(known)

    def note(self, stage, paths):
        """Note the content of files that a stage reads.

        Arguments
        ---------
        stage : str
            Its name.
        paths : iterable of pathlib.Path
            Files, or folders of audio. What is noted already stays; a file
            that is not there is noted as such, since it may appear.
        """
        known = self.read()
        inputs = known.setdefault(stage, {}).setdefault("inputs", {})
        new = {self._place(path): path for path in paths}
        new = {place: p for place, p in new.items() if place not in inputs}
        if new:
            inputs |= {place: self.digest(path) for place, path in new.items()}
            self._write(known)

    def digest(self, path):
        """Return the digest of a file as it is now, and of a folder as it was
        when this call first looked at it.

        Arguments
        ---------
        path : str or pathlib.Path
            A file or folder.

        Returns
        -------
        str or None
            See `digest`.
        """
        path = Path(path).expanduser()
        if not path.is_dir():
            return digest(path)
        key = path.resolve()
        if key not in self._folders:
            self._folders[key] = digest(path)
        return self._folders[key]

    def trains(self, stage, unit):
        """Note that this call trains a part of a stage.

        Arguments
        ---------
        stage : str
            Its name.
        unit : pathlib.Path
            Folder of what is trained. The call that began it is kept.
        """
        known = self.read()
        calls = known.setdefault(stage, {}).setdefault("calls", {})
        if self._place(unit) not in calls:
            calls[self._place(unit)] = this_call(self.run_opts)
            self._write(known)

    def changes(self, stage):
        """Describe each input that is not what the stage was trained with; one
        that is not there any more contradicts nothing.

        Returns
        -------
        list of str
        """
        inputs = self.read().get(stage, {}).get("inputs", {})
        lines = []
        for place, before in inputs.items():
            path = self._path(place)
            now = self.digest(path)
            if now not in (None, before):
                lines.append(f"  {stage}: {place} {_change(path, before)}")
        return lines

    def calls(self, stage, within=""):
        """List the calls that have trained a stage, each once.

        Arguments
        ---------
        stage : str
            Its name.
        within : str or pathlib.Path
            Folder of a part of it; all parts when empty.

        Returns
        -------
        list of dict
        """
        found = self.read().get(stage, {}).get("calls", {})
        place = self._place(within) if within else ""
        chosen = [call for unit, call in found.items() if place in ("", unit)]
        return [c for i, c in enumerate(chosen) if c not in chosen[:i]]

    def read(self):
        """Return all that is recorded, {stage: {"inputs" and "calls": ...}}."""
        path = self.folder / FILE
        if not path.is_file():
            return {}
        return json.loads(path.read_text(encoding="utf-8"))

    def _place(self, path):
        path = Path(path)
        try:
            inside = path.resolve().relative_to(self.folder.resolve())
        except ValueError:
            return str(path)
        return f"{OUTPUT}/{inside.as_posix()}"

    def _path(self, place):
        if place.startswith(f"{OUTPUT}/"):
            return self.folder / place.removeprefix(f"{OUTPUT}/")
        return Path(place)

    def _write(self, known):
        if if_main_process():
            text = json.dumps(known, indent=1)
            write_atomically(
                self.folder / FILE, lambda p: p.write_text(text, "utf-8")
            )


def _change(path, before):
    """Say how an input differs from what was there in training."""
    if before is None:
        return "is there now, and was not"
    if path.expanduser().is_dir():
        return "has changed since, in names or sizes of files"
    return "has changed since"


def this_call(run_opts=None):
    """Describe the call under way.

    Arguments
    ---------
    run_opts : speechbrain.utils.run_opts.RunOptions, optional
        Of the command line.

    Returns
    -------
    dict
        `command`, `options` of SpeechBrain that were given, `processes` and
        `versions` of packages.
    """
    options = given_options(run_opts)
    return {
        "command": command_line(),
        "options": {name: str(value) for name, value in options.items()},
        "processes": world_size(),
        "versions": versions(),
    }
