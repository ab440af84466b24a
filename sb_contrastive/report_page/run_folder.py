"""Reads what a run has left in its output folder."""

import functools
import json
from pathlib import Path

from sb_contrastive.evaluation.classification.prediction_file import (
    read_predictions,
)
from sb_contrastive.evaluation.corpus_note import corpus_title

LOGS = ("*/log.json", "*/fold_*/log.json", "labels_*/*/fold_*/*/log.json")


def has_run(path):
    """Tell whether a folder holds results or a training log."""
    path = Path(path)
    return (path / "results.json").is_file() or any(
        found for pattern in LOGS for found in path.glob(pattern)
    )


class RunFolder:
    """The files of a run, read when they are asked for.

    Arguments
    ---------
    path : str or pathlib.Path
        Output folder of an experiment, a study, a recipe or `evaluate`.

    Raises
    ------
    FileNotFoundError
        When the folder holds neither results nor a training log.

    Example
    -------
    >>> folder = getfixture("tmp_path")
    >>> _ = (folder / "results.json").write_text('{"task": "study"}')
    >>> RunFolder(folder).kind
    'study'
    """

    def __init__(self, path):
        self.path = Path(path)
        if not self.path.is_dir():
            raise FileNotFoundError(f"there is no folder {self.path}")
        self.results = self.read("results.json", {})
        if not has_run(self.path):
            raise FileNotFoundError(
                f"{self.path} holds no results.json and no training log: name "
                f"the output folder of a run, such as results/dino_ser/1986"
            )

    def read(self, name, default=None):
        """Return the content of a JSON file; the default where there is none."""
        path = self.path / name
        if not path.is_file():
            return default
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(
                f"{path} is damaged ({error}): run the experiment again to "
                f"write it anew"
            ) from error

    @property
    def kind(self):
        """Return "study", "speakers", "classes", or "training" of a run without
        results."""
        if self.results.get("task") == "study":
            return "study"
        if self.results.get("task") == "speaker verification":
            return "speakers"
        return "classes" if self.metrics else "training"

    @property
    def name(self):
        """Return the name of the experiment; of the folder where it has none."""
        named = self.results.get("experiment")
        return named or self.path.resolve().name

    @property
    def metrics(self):
        """Return the numbers, see results.json."""
        return self.results.get("metrics", {})

    @property
    def protocol(self):
        """Return how the numbers came about."""
        return self.results.get("protocol", {})

    @property
    def corpus(self):
        """Return the name of the corpus, "" where it is unknown."""
        given = self.protocol.get("corpus")
        return corpus_title(given) if given else ""

    @property
    def is_synthetic(self):
        """Tell whether the numbers are of synthetic speech."""
        return bool(self.protocol.get("synthetic"))

    @functools.cached_property
    def logs(self):
        """Return the training logs by place, such as "pretrain" or
        "labels_100/two_step/fold_1/finetune_all"."""
        found = {}
        for pattern in LOGS:
            for path in sorted(self.path.glob(pattern)):
                place = path.parent.relative_to(self.path).as_posix()
                log = self.read(f"{place}/log.json")
                if log.get("epochs"):
                    found[place] = log
        return found

    @functools.cached_property
    def settings(self):
        """Return the values that each stage has used, as text."""
        stages = self.read("settings.json", {}).items()
        # In early versions a stage was a text
        return {name: v for name, v in stages if isinstance(v, dict)}

    @functools.cached_property
    def predictions(self):
        """Return {title of a system: {fold: prediction rows}}; the title is that of
        the tables."""
        found = {}
        for path in sorted(self.path.glob("labels_*/*/fold_*/predictions.csv")):
            share, system, fold = path.parts[-4:-1]
            percent = float(share.removeprefix("labels_"))
            of = "" if percent == 100 else f", {percent:.12g}% of labels"
            found.setdefault(f"{system}{of}", {})[
                fold.removeprefix("fold_")
            ] = read_predictions(path)
        for path in sorted(self.path.glob("fold_*/predictions.csv")):
            fold = path.parent.name.removeprefix("fold_")
            rows = read_predictions(path)
            found.setdefault(self.name, {})[fold] = rows
        ordered = [title for title in self.metrics if title in found]
        return {title: found[title] for title in ordered}

    def lines(self, name):
        """Return the lines of a text file; none where there is no file."""
        path = self.path / name
        if not path.is_file():
            return []
        return path.read_text(encoding="utf-8").splitlines()
