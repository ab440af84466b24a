"""Draws batches of P classes with Q recordings each, so that every item has positives and negatives."""

from collections import defaultdict

import numpy as np
from speechbrain.utils.logger import get_logger

from sb_contrastive.data.columns.access import values
from sb_contrastive.data.columns.groups import groups
from sb_contrastive.data.manifests.source import source_of
from sb_contrastive.data.randomness import keyed_generator

logger = get_logger(__name__)


class ClassBatches:
    """Samples batches of manifest rows: P classes by Q items of different
    recordings, mostly of different speakers where those are known.

    Each class has a deck of cards of its own, which is shuffled anew when it
    runs out: an epoch sees not all of a large class, and a small class more
    than once. The rows of a speaker lie at equal distances in the deck, so that
    neighbours are of different speakers. Classes are dealt in the same way
    where P is less than all.

    The batches depend on (seed, epoch) alone: `set_epoch` before each, as
    SpeechBrain does for its own samplers. In several processes `RankShare`
    gives each its share of whole batches; only where
    a deck has just run out may two of them hear the same recording in one step.

    Arguments
    ---------
    rows : Rows or list of dict
        Manifest rows, in the order of the dataset.
    items_per_class : int
        Q; fewer where the smallest class has fewer recordings.
    classes_per_batch : int, optional
        P; all classes when absent.
    seed : int
        Seed of the experiment.
    column : str
        Column of the manifest that names the class.
    processes : int
        How many train together: the number of batches is a multiple of it.

    Raises
    ------
    ValueError
        When there are fewer than two classes, or one has a single recording.

    Example
    -------
    >>> rows = [
    ...     {"ID": f"u{i}", "wav": f"{i}.wav", "label": "ab"[i % 2]}
    ...     for i in range(8)
    ... ]
    >>> batches = ClassBatches(rows, items_per_class=2, seed=1)
    >>> [[rows[i]["label"] for i in batch] for batch in batches]
    [['a', 'a', 'b', 'b'], ['a', 'a', 'b', 'b']]
    """

    def __init__(
        self,
        rows,
        items_per_class,
        classes_per_batch=None,
        seed=0,
        column="label",
        processes=1,
    ):
        self.seed, self.epoch = seed, 0
        # Numbers stand for names: a million rows are not looked at again
        self.files = groups(rows, "wav").codes
        self.speakers = groups(rows, "spk_id").codes
        self.members = check_classes(rows, column)
        counts = {
            name: len(np.unique(self.files[members]))
            for name, members in self.members.items()
        }
        smallest = min(counts, key=counts.get)
        if items_per_class < 2:
            raise ValueError(
                f"items_per_class is 2 or more, got {items_per_class}: a "
                f"positive is another item of the class"
            )
        if classes_per_batch is not None and classes_per_batch < 2:
            raise ValueError(
                f"classes_per_batch is 2 or more, got {classes_per_batch}: a "
                f"negative is an item of another class"
            )
        self.items = min(items_per_class, counts[smallest])
        if self.items < items_per_class:
            logger.warning(
                f"{column} {smallest!r} has {self.items} recordings: batches "
                f"hold {self.items} items of each class, not {items_per_class}"
            )
        classes = len(self.members)
        self.classes = min(classes_per_batch or classes, classes)
        # More than one each: an epoch of a single step would learn little
        least = 2 * processes if processes > 1 else 1
        count = len(rows) // (self.classes * self.items)
        self.batches = max(count // processes * processes, least)

    def set_epoch(self, epoch):
        """Chooses the batches of this epoch."""
        self.epoch = epoch

    def __len__(self):
        return self.batches

    def __iter__(self):
        """Yields row numbers, class after class: Q of the first, Q of the next."""
        names = _Deck(lambda turn: self._shuffled_classes(turn))
        decks = {
            name: _Deck(lambda turn, name=name: self._spaced(name, turn))
            for name in self.members
        }
        for _ in range(self.batches):
            chosen = sorted(names.deal(self.classes, key=lambda name: name))
            yield [
                item
                for name in chosen
                for item in decks[name].deal(
                    self.items, key=lambda i: self.files[i]
                )
            ]

    def _shuffled_classes(self, turn):
        rng = keyed_generator(self.seed, self.epoch, turn, "classes")
        return [
            list(self.members)[i] for i in rng.permutation(len(self.members))
        ]

    def _spaced(self, name, turn):
        """Orders the rows of a class, those of a speaker at equal distances."""
        rng = keyed_generator(self.seed, self.epoch, name, turn, "items")
        speakers = defaultdict(list)
        for i in rng.permutation(self.members[name]).tolist():
            speaker = int(self.speakers[i])
            speakers[speaker if speaker >= 0 else -1 - i].append(i)
        places = {}
        for items in speakers.values():
            offset = rng.random()
            for place, i in enumerate(items):
                places[i] = (place + offset) / len(items)
        return sorted(places, key=places.get)


class _Deck:
    """Deals cards in order; `shuffled(turn)` gives the cards of each turn."""

    def __init__(self, shuffled):
        self.shuffled, self.turn, self.cards = shuffled, 0, []

    def deal(self, count, key):
        """Deals cards with different keys; cards passed over stay on top."""
        dealt, passed, taken = [], [], set()
        while len(dealt) < count:
            if not self.cards:
                self.cards, self.turn = self.shuffled(self.turn), self.turn + 1
            card = self.cards.pop(0)
            if key(card) in taken:
                passed.append(card)
            else:
                taken.add(key(card))
                dealt.append(card)
        self.cards = passed + self.cards
        return dealt


def check_classes(rows, column="label"):
    """Refuses rows of which no batch could be made.

    Arguments
    ---------
    rows, column
        See `ClassBatches`.

    Returns
    -------
    dict of str to list of int
        {class: numbers of its rows}, classes in the order of their names.

    Raises
    ------
    ValueError
        See `ClassBatches`.
    """
    found, files = _members(rows, column), groups(rows, "wav").codes
    for name, members in found.items():
        if len(np.unique(files[members])) < 2:
            raise ValueError(
                f"{column} {name!r} has one recording in the training part "
                f"({source_of(rows[members[0]])}), and a positive is another "
                f"one: add recordings, or leave the class out (`classes`)"
            )
    return found


def _members(rows, column):
    """Collects {class: row numbers}, classes in the order of their names."""
    members = defaultdict(list)
    for number, name in enumerate(values(rows, column)):
        if not name:
            raise ValueError(
                f"{source_of(rows[number])} has no {column}, by which batches "
                f"are made"
            )
        members[str(name)].append(number)
    if len(members) < 2:
        raise ValueError(
            f"all of the training part has the {column} "
            f"{next(iter(members), None)!r}: there is nothing to tell apart"
        )
    return dict(sorted(members.items()))
