"""The values of an experiment by name, each built when it is asked for."""

from collections.abc import Mapping

from sb_contrastive.suggestions import did_you_mean


class Values(Mapping):
    """Values of an experiment by name; each is built once, when it is first
    asked for.

    Arguments
    ---------
    document : Document
        The experiment's YAML.
    source : str or pathlib.Path
        Its file, for the message about a value that is not there.

    Example
    -------
    >>> from sb_contrastive.experiment.document import Document
    >>> values = Values(Document("trial: null\\nsize: 3"), "my.yaml")
    >>> values["size"]
    3
    >>> values["trials"]
    Traceback (most recent call last):
    ...
    ValueError: my.yaml has no value 'trials', which its stages need; did you mean 'trial'?
    """

    def __init__(self, document, source):
        self.document, self.source = document, source
        self.built = {}

    def __getitem__(self, name):
        if name not in self.built:
            if name not in self:
                raise ValueError(
                    f"{self.source} has no value {name!r}, which its stages "
                    f"need{did_you_mean(name, self)}"
                )
            self.built |= self.document.build([name])
        return self.built[name]

    def __contains__(self, name):
        return name in self.document.nodes and not str(name).startswith("__")

    def __iter__(self):
        return (n for n in self.document.nodes if not n.startswith("__"))

    def __len__(self):
        return sum(1 for _ in self)

    def get(self, name, default=None):
        """Return a value, or a default where the experiment has none."""
        return self[name] if name in self else default
