"""Memory that only the search for garbage gives back: a Brain and its checkpointer hold each other."""

import gc


def keep_libraries_out():
    """Has later searches pass over what is there now, once in a process.

    The libraries are half a million objects, which a search looks through in
    almost half a second, and there is one after each fold. To be called when
    they are loaded.

    Example
    -------
    >>> keep_libraries_out()
    >>> gc.get_freeze_count() > 0
    True
    """
    if gc.get_freeze_count() == 0:
        gc.collect()
        gc.freeze()


def free_trained():
    """Frees Brains that nothing uses any more, with all their audio.

    Example
    -------
    >>> import weakref
    >>> class Brain: pass
    >>> brain = Brain()
    >>> brain.checkpointer = {"brain": brain}
    >>> gone = weakref.ref(brain)
    >>> del brain
    >>> free_trained()
    >>> gone() is None
    True
    """
    gc.collect()
