"""Tells whether an experiment has been finished before, with nothing changed since."""

import datetime
import json
import os
from pathlib import Path

from sb_contrastive.experiment.overriding.run_options import given_options
from sb_contrastive.files import write_atomically

FILE = "complete.json"
PACKAGE = Path(__file__).parents[2]
# What other calls write into the folder: a study's mark, the page anew
IGNORED = (".lock", FILE, "finished.json", "report.html")
# Run options that change nothing but what is shown
SHOWN = ("noprogressbar", "tqdm_colored_bar")


class Completion:
    """The mark that an experiment leaves when all its stages have ended.

    Arguments
    ---------
    folder : pathlib.Path
        Output folder.
    stages : list of str
        Those of this call.
    text : str
        The experiment, resolved.
    run_opts : speechbrain.utils.run_opts.RunOptions, optional
        Of the command line.
    hparams_file : pathlib.Path
        The experiment; Python files beside it may be parts of it.

    Example
    -------
    >>> folder = getfixture("tmp_path")
    >>> mark = Completion(folder, ["report"], "seed: 3", None, folder / "a.yaml")
    >>> mark.finished_on()
    >>> _ = (folder / "results.json").write_text("{}")
    >>> mark.write()
    >>> mark.finished_on()
    '2...'
    >>> (folder / "results.json").unlink()
    >>> mark.finished_on()
    """

    def __init__(self, folder, stages, text, run_opts, hparams_file):
        self.path = folder / FILE
        given = given_options(run_opts)
        code = [*PACKAGE.rglob("*.py"), *hparams_file.parent.glob("*.py")]
        self.call = {
            "stages": stages,
            "experiment": text,
            "options": {k: str(v) for k, v in given.items() if k not in SHOWN},
            "code": max(path.stat().st_mtime_ns for path in code)
            if code
            else 0,
        }

    def finished_on(self):
        """Return when this very call was finished; None where it was not, or
        where a file that it left is another one now."""
        if not self.path.is_file():
            return None
        left = json.loads(self.path.read_text(encoding="utf-8"))
        if left["call"] != self.call:
            return None
        now = self._files()
        if any(now.get(name) != mark for name, mark in left["files"].items()):
            return None
        return left["on"]

    def write(self):
        """Leave the mark."""
        left = {
            "on": f"{datetime.datetime.now():%Y-%m-%d %H:%M}",
            "call": self.call,
            "files": self._files(),
        }
        write_atomically(
            self.path,
            lambda path: path.write_text(json.dumps(left), encoding="utf-8"),
        )

    def _files(self):
        """Map the files of the folder to size and time of change."""
        found, root = {}, str(self.path.parent)
        for folder, _, names in os.walk(root):
            for name in names:
                if name in IGNORED or name.endswith(".log"):
                    continue
                path = os.path.join(folder, name)
                place = os.path.relpath(path, root)
                try:
                    stat = os.stat(path)
                except FileNotFoundError:  # another run is at work here
                    continue
                found[place] = [stat.st_size, stat.st_mtime_ns]
        return found
