"""The sentence about a value that is another one now."""

import yaml


def difference(stage, name, old, new):
    """Show where a value changed, however deep in it.

    Arguments
    ---------
    stage, name : str
        The stage that has taken the value, and the value.
    old, new : str or None
        Both as YAML; None where the experiment does not write it.

    Returns
    -------
    str

    Example
    -------
    >>> difference("pretrain", "loss", "{weight: 1}", "{weight: 2}")
    '  pretrain: loss weight: 1 there, 2 now'
    >>> difference("pretrain", "epochs", None, "3")
    '  pretrain: epochs: only now (3)'
    """
    if old is None or new is None:
        value = old or new or ""
        shown = f" ({value})" if value and "\n" not in value else ""
        when = "there" if new is None else "now"
        return f"  {stage}: {name}: only {when}{shown}"
    there, now = (dict(_leaves(yaml.compose(text))) for text in (old, new))
    for place in {**there, **now}:
        one, other = there.get(place), now.get(place)
        if one != other:
            where = " ".join((name, *place))
            return (
                f"  {stage}: {where}: {one or 'nothing'} there, "
                f"{other or 'nothing'} now"
            )


def _leaves(node, place=()):
    """List the single values that a node is made of, with the way to each."""
    if node.tag.startswith("!"):
        yield (*place, "class"), node.tag.partition(":")[2]
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _leaves(value, (*place, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value, start=1):
            yield from _leaves(value, (*place, str(number)))
    elif not node.tag.startswith("!"):
        yield place, node.value
