"""SpeechBrain datasets over manifest rows: random crops, or whole utterances."""

from collections.abc import Mapping

import torch
from speechbrain.dataio.dataset import DynamicItemDataset

from sb_contrastive.data.audio.reading import read_span


def crop_dataset(rows, crops, names, labels=None, column="label"):
    """Utterances as random crops, read when asked for.

    Arguments
    ---------
    rows : list of dict
        Manifest rows.
    crops : RandomCrops or CachedCrops
        Draws and reads the crops; its `epoch` is set by whoever trains.
    names : list of str
        Name of each group of crops in the batch, e.g. ["long", "short"].
    labels : dict, optional
        Class name -> index; adds `target` to each item.
    column : str
        Column of the manifest that names the class.

    Returns
    -------
    DynamicItemDataset
        Items have `id`, a tensor [count, samples] (or [count, T, D] of frames)
        per name and, if asked for, `target`.
    """

    def read(*row):
        yield from crops(*row)

    dataset = _dataset(rows, column)
    dataset.add_dynamic_item(read, ["id", "wav", "start", "stop"], list(names))
    return _with_outputs(dataset, names, labels, column)


def utterance_dataset(rows, labels=None, cache=None):
    """Whole utterances.

    Arguments
    ---------
    rows : list of dict
        Manifest rows.
    labels : dict, optional
        Class name -> index; adds `target` to each item.
    cache : FeatureCache, optional
        Gives frames of these rows, which stand for their waveforms.

    Returns
    -------
    DynamicItemDataset
        Items have `id`, `sig` [samples], or frames [T, D] of the cache, and, if
        asked for, `target`.
    """

    def read(utterance, wav, start, stop):
        if cache is not None:
            return cache[utterance]
        return torch.from_numpy(read_span(wav, int(start), int(stop)))

    dataset = _dataset(rows)
    dataset.add_dynamic_item(read, ["id", "wav", "start", "stop"], "sig")
    return _with_outputs(dataset, ["sig"], labels)


def _dataset(rows, column="label"):
    return DynamicItemDataset(_Items(rows, ("wav", "start", "stop", column)))


class _Items(Mapping):
    """Rows by their IDs, with some of their columns, which are picked when a
    row is asked for: a million small dicts would take a gigabyte."""

    def __init__(self, rows, keep):
        self.rows = {row["ID"]: row for row in rows}
        self.keep = keep

    def __getitem__(self, name):
        row = self.rows[name]
        return {key: row[key] for key in self.keep if key in row}

    def __iter__(self):
        return iter(self.rows)

    def __len__(self):
        return len(self.rows)


def _with_outputs(dataset, names, labels, column="label"):
    keys = ["id", *names]
    if labels is not None:
        dataset.add_dynamic_item(labels.__getitem__, column, "target")
        keys.append("target")
    dataset.set_output_keys(keys)
    return dataset
