"""A value of an experiment that is built when it is needed, anew each time."""

import inspect
import typing

import yaml

from sb_contrastive.experiment.document import MAPPING, scalar
from sb_contrastive.experiment.signatures import (
    REQUIRED,
    located,
    parameters,
    takes_experiment,
)


class Blueprint:
    """A value of the YAML that is not built yet.

    A training step builds networks, so each fold needs it anew; a stage that
    asks for a `Blueprint` in the annotation of an argument gets one instead of the
    object.

    Arguments
    ---------
    experiment : Experiment
        Its YAML is the source of all values.
    node : yaml.Node
        The value, as written there.
    key : str
        The name to call it by, in messages and in names of folders.
    """

    def __init__(self, experiment, node, key):
        self.experiment, self.node, self.key = experiment, node, key

    @property
    def target(self):
        """The class or function that is named."""
        return located(self.node)

    def options(self):
        """Map the options that are written here to their nodes."""
        if isinstance(self.node, yaml.MappingNode):
            return {key.value: value for key, value in self.node.value}
        return {}

    def build(self):
        """Build the object alone, with all that it refers to.

        Returns
        -------
        object
        """
        return self.experiment.built((), self.node)[None]

    def call(self, *context, **given):
        """Call what is named, with the experiment, what is written here, and the
        values of the experiment that the signature names after its `*`.

        Arguments
        ---------
        *context
            Arguments that no YAML gives, such as the name of a stage.
        **given
            Arguments that replace those of the YAML.

        Returns
        -------
        object
            The result.
        """
        return self._call(self.target, context, given)

    def check(self):
        """Find mistakes of a stage before any stage has run: call its `check`,
        where it has one, see `checked_by`."""
        target = self.target
        if inspect.isclass(target):
            if hasattr(target, "check"):
                self.call(self.key).check()
        elif hasattr(target, "check"):
            self._call(target.check, (self.key,), {})

    def ask(self, question, *context):
        """Call a function of what is named, without making it: with the options
        written here that the function knows.

        Arguments
        ---------
        question : str
            Name of the function.
        *context
            See `call`.

        Returns
        -------
        object or None
            None where there is no such function.
        """
        function = getattr(self.target, question, None)
        return function and self._call(function, context, {})

    def _call(self, target, context, given):
        known, own, later = parameters(target), [], {}
        free, known = known is None, known or {}
        for key, node in self.options().items():
            if key in given or not (free or key in known):
                continue
            if key in known and is_blueprint(known[key].annotation):
                later[key] = self._unbuilt(node, key)
            else:
                own.append((scalar(key), node))
        node = self.node
        if target is self.target:
            node = yaml.MappingNode(node.tag, own)
        else:  # a check has no name that a YAML could give
            node = yaml.MappingNode(MAPPING, own)
        return call(self.experiment, target, context, {**later, **given}, node)

    def _unbuilt(self, node, key):
        """Make blueprints of an option; a list of steps has one for each."""
        if isinstance(node, yaml.SequenceNode):
            return [
                self._one(n, f"step_{i}") for i, n in enumerate(node.value, 1)
            ]
        return self._one(node, key)

    def _one(self, node, key):
        document = self.experiment.document
        node = document.named(node)
        name = document.names.get(id(node))
        if name is not None:
            self.experiment.taken([name])
        return Blueprint(self.experiment, node, name or key)


def call(experiment, target, context, given, node=None):
    """Call a function or class with values of an experiment.

    Arguments
    ---------
    experiment : Experiment
        Gives the values that the signature names after its `*`.
    target : callable
        Its first argument is the experiment.
    context : tuple
        Arguments that follow the experiment by position.
    given : dict
        Arguments by name, which come first.
    node : yaml.Node, optional
        `target` with arguments of its own, built together with the values.

    Returns
    -------
    object
        The result.
    """
    document, later, names, taken = experiment.document, {}, [], []
    own = {key.value for key, _ in node.value} if node else set()
    shared = parameters(target) if takes_experiment(target) else {}
    for name, known in (shared or {}).items():
        if name in own or name in given or not known.shared:
            continue
        taken.append(name)
        if name not in document.nodes:
            if known.default is REQUIRED:
                raise ValueError(
                    f"{experiment.hparams_file} has no value {name!r}, which "
                    f"{target.__name__} needs"
                )
        elif is_blueprint(known.annotation):
            later[name] = Blueprint(experiment, document.nodes[name], name)
        else:
            names.append(name)
    experiment.taken(taken)
    built = document.build(names, node)
    function = built.pop(None, target)
    if isinstance(function, dict):  # options of a check
        built, function = {**function, **built}, target
    return function(experiment, *context, **later, **built, **given)


def is_blueprint(annotation):
    """Tell whether an argument is annotated as a `Blueprint`, or a list of them.

    Arguments
    ---------
    annotation : object
        From a signature.

    Returns
    -------
    bool

    Example
    -------
    >>> is_blueprint(list[Blueprint]), is_blueprint(int)
    (True, False)
    """
    inner = typing.get_args(annotation)
    return annotation is Blueprint or any(map(is_blueprint, inner))
