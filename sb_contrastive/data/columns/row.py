"""One row of a manifest, made when it is asked for."""


class Row(dict):
    """A dict that cannot be changed, since `Rows` make another one each time.

    `{**row, "label": "sad"}` is a copy that can be changed, and so is what is
    unpickled or copied.

    Example
    -------
    >>> row = Row(ID="a", start=0)
    >>> row | {"start": 5}
    {'ID': 'a', 'start': 5}
    >>> row["start"] = 5
    Traceback (most recent call last):
    ...
    TypeError: a row of a manifest cannot be changed: make a copy of it, {**row}
    """

    __slots__ = ()

    def _refuse(self, *args, **kwargs):
        raise TypeError(
            "a row of a manifest cannot be changed: make a copy of it, {**row}"
        )

    __setitem__ = __delitem__ = __ior__ = _refuse
    update = setdefault = pop = popitem = clear = _refuse

    def __reduce__(self):
        return dict, (dict(self),)
