"""SpeechBrain datasets over manifest rows: random crops, or whole utterances."""

from collections.abc import Mapping

import torch
from speechbrain.dataio.dataset import DynamicItemDataset

from sb_contrastive.data.audio.reading import read_span
from sb_contrastive.data.columns.access import Column, only
from sb_contrastive.data.columns.lookup import Lookup


def crop_dataset(rows, crops, names, labels=None, column="label"):
    """Utterances as random crops, read when asked for.

    Arguments
    ---------
    rows : Rows or list of dict
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

    dataset = _RowDataset(rows, column)
    dataset.add_dynamic_item(read, ["id", "wav", "start", "stop"], list(names))
    return _with_outputs(dataset, names, labels, column)


def utterance_dataset(rows, labels=None, cache=None):
    """Whole utterances.

    Arguments
    ---------
    rows : Rows or list of dict
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

    dataset = _RowDataset(rows)
    dataset.add_dynamic_item(read, ["id", "wav", "start", "stop"], "sig")
    return _with_outputs(dataset, ["sig"], labels)


class _RowDataset(DynamicItemDataset):
    """Makes items of rows by their numbers, so that a million rows need no list
    of their IDs."""

    def __init__(self, rows, column="label"):
        keep = ("wav", "start", "stop", column)
        items = _Items(rows, keep)
        super().__init__({name: items.pick(0) for name in items.names[:1]})
        self.data, self.data_ids = items, items.names

    def __getitem__(self, index):
        item = {"id": self.data_ids[index], **self.data.pick(index)}
        return self.pipeline.compute_outputs(item)


class _Items(Mapping):
    """Rows by their IDs, with some of their columns, which are picked when a
    row is asked for: a million small dicts would take a gigabyte."""

    def __init__(self, rows, keep):
        self.rows, self.keep = only(rows, keep), keep
        self.names, self.find = Column(rows, "ID"), Lookup(rows)

    def pick(self, number):
        row = self.rows[number]
        return {key: row[key] for key in self.keep if key in row}

    def __getitem__(self, name):
        number = self.find(name)
        if number is None:
            raise KeyError(name)
        return self.pick(number)

    def __iter__(self):
        return iter(self.names)

    def __len__(self):
        return len(self.names)


def _with_outputs(dataset, names, labels, column="label"):
    keys = ["id", *names]
    if labels is not None:
        dataset.add_dynamic_item(labels.__getitem__, column, "target")
        keys.append("target")
    dataset.set_output_keys(keys)
    return dataset
