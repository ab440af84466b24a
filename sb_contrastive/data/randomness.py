"""Draws random numbers that depend on their purpose, never on the order of the calls."""

import hashlib

import numpy as np


def keyed_generator(*keys):
    """Makes a NumPy generator that its keys alone determine.

    Drawing crops and noise from a generator keyed by (seed, epoch, utterance,
    view) gives the same audio in any order, with any number of workers or
    processes, and after a resume.

    Arguments
    ---------
    *keys : int, float or str
        For instance `(seed, epoch, utterance, view, "crop")`; a different
        purpose is a different key.

    Returns
    -------
    numpy.random.Generator

    Example
    -------
    >>> a = keyed_generator(1986, 3, "utt7", 0).random()
    >>> a == keyed_generator(1986, 3, "utt7", 0).random()
    True
    >>> a == keyed_generator(1986, 4, "utt7", 0).random()
    False
    """
    # NumPy's 3 is written np.int64(3), and is the same key
    keys = [k.item() if isinstance(k, np.generic) else k for k in keys]
    digest = hashlib.blake2b(
        repr(tuple(keys)).encode(), digest_size=16
    ).digest()
    return np.random.Generator(
        np.random.Philox(key=int.from_bytes(digest, "little"))
    )


def shuffled(names, *keys):
    """Orders names at random, whatever the order they come in.

    Another name moves no other: each has a place of its own, drawn by the name
    and the keys, and names are sorted by their places.

    Arguments
    ---------
    names : iterable of str
        Names, each once.
    *keys : int, float or str
        What the order depends on beside the names, as for `keyed_generator`.
        Without any it depends on the names alone: the same for every seed.

    Returns
    -------
    list of str

    Example
    -------
    >>> shuffled({"ann", "bob", "cy"}, 1) == shuffled(["cy", "bob", "ann"], 1)
    True
    """
    if keys:
        places = {
            name: keyed_generator(*keys, name, "folds").random()
            for name in names
        }
    else:
        places = {
            name: hashlib.blake2b(name.encode()).digest() for name in names
        }
    return sorted(places, key=lambda name: (places[name], name))


def shuffled_order(names):
    """Orders names as `shuffled` does without keys, in less memory.

    Arguments
    ---------
    names : iterable of str
        Names, each once.

    Returns
    -------
    numpy.ndarray
        The numbers of the names in their new order [N].

    Example
    -------
    >>> names = ["ann", "bob", "cy"]
    >>> [names[i] for i in shuffled_order(names)] == shuffled(names)
    True
    """
    # The first 16 of 64 bytes tell all names apart
    places = b"".join(
        hashlib.blake2b(name.encode()).digest()[:16] for name in names
    )
    first, second = np.frombuffer(places, ">u8").reshape(-1, 2).T
    return np.lexsort((second, first))
