"""Stages that are repeated: a loop in `stages` becomes the stages of each of its rounds."""

import functools
import re

import yaml

from sb_contrastive.experiment.document import children, scalar
from sb_contrastive.experiment.schema import stage_names
from sb_contrastive.experiment.signatures import located
from sb_contrastive.ranges import Count
from sb_contrastive.suggestions import did_you_mean

LATEST = re.compile(r"\$(\w+)")


def repeat(
    experiment, name, /, stages: list[str], first: str, times: Count = 1
):
    """Run some stages again and again.

    An experiment is read as if the stages of each round were written in it,
    with the number of the round in their names: classify_1, classify_2. So
    each has a folder and settings of its own, and a run that was interrupted,
    or that gets one more round, goes on where it was.

    Within the experiment, `$classify` is the latest of these stages: that of
    the same round where it comes earlier in the round, else that of the round
    before; after the loop, that of the last round. `$last` is the stage that
    the round before has ended with. In a mapping, a key with `$round` in it
    stands for one entry for each round.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    name : str
        Name of the loop in `stages`.
    stages : list of str
        Names of the stages of a round, in order.
    first : str
        What `$last` is in the first round.
    times : int
        How many rounds.
    """
    raise ValueError(f"{name} is a loop, which an experiment unrolls")


def unroll(document):
    """Replace each loop by the stages of its rounds.

    Arguments
    ---------
    document : Document
        An experiment; it is changed.

    Returns
    -------
    Document
        The same.

    Raises
    ------
    ValueError
        When a loop names a stage that is not there, or one that has not run
        before.

    Example
    -------
    >>> from sb_contrastive.experiment.document import Document
    >>> text = '''
    ... stages: [begin, loop, end]
    ... loop: !name:sb_contrastive.stages.repeat
    ...     {stages: [classify], times: 2, first: begin}
    ... begin: !name:sb_contrastive.stages.embed {start: null}
    ... classify: !name:sb_contrastive.stages.embed {start: $last}
    ... end: !name:sb_contrastive.stages.embed {start: $classify}
    ... '''
    >>> found = unroll(Document(text))
    >>> found.build(["stages"])
    {'stages': ['begin', 'classify_1', 'classify_2', 'end']}
    >>> [found.nodes[name].value[0][1].value for name in found.nodes if "_" in name]
    ['begin', 'classify_1']
    >>> found.nodes["end"].value[0][1].value
    'classify_2'
    """
    loops = [n for n, node in document.nodes.items() if _is_loop(node)]
    for name in loops:
        _unroll(document, name)
    return document


def _is_loop(node):
    return located(node) is repeat


def _unroll(document, name):
    """Replace one loop."""
    nodes = document.nodes
    given = {key.value: value for key, value in nodes[name].value}
    if "stages" not in given or "first" not in given:
        raise ValueError(
            f"{document.source}: {name} lacks its `stages` or what it begins "
            f"with, `first`"
        )
    stages = [item.value for item in given["stages"].value]
    times = _number(document, name, given.get("times"))
    for stage in stages:
        if stage not in nodes or _is_loop(nodes[stage]):
            raise ValueError(
                f"{document.source}: {name} repeats {stage!r}, and no stage has "
                f"this name{did_you_mean(stage, stage_names(document))}"
            )
    plain = {n: n for n in stage_names(document) if n not in stages}
    latest, made, rounds = {"last": given["first"].value}, {}, []
    for number in range(1, times + 1):
        for stage in stages:
            own = f"{stage}_{number}"
            if own in nodes:
                raise ValueError(
                    f"{document.source}: {own} is round {number} of {stage}, so "
                    f"no other value can have this name"
                )
            known = {**plain, **latest, "round": str(number)}
            made[own] = _stage(document, nodes[stage], stage, known)
            latest[stage] = own
        latest["last"] = latest[stages[-1]]
        rounds.append({**plain, **latest, "round": str(number)})
    entries = []
    for key, node in document.root.value:
        if key.value == name:
            entries += [(scalar(n), node) for n, node in made.items()]
        elif key.value == "stages":
            entries.append((key, _list(node, name, list(made))))
        elif key.value not in stages:
            entries.append((key, _after(document, node, rounds)))
    document.root.value = entries
    document.nodes = {key.value: node for key, node in entries}
    document.names = {id(node): key.value for key, node in entries}


def _number(document, name, node):
    text = "1" if node is None else node.value
    if not str(text).isdecimal() or int(text) < 1:
        raise ValueError(
            f"{document.source}: {name} runs {text!r} times: give a whole number "
            f"from 1 on, or leave {name} out of `stages`"
        )
    return int(text)


def _list(node, name, made):
    """Put the stages of all rounds in the place of the loop."""
    items = []
    for item in node.value:
        own = item.value == name
        items += [scalar(n) for n in made] if own else [item]
    return yaml.SequenceNode(node.tag, items)


def _stage(document, node, stage, known):
    """Copy a stage for one round; what it shares with others stays shared."""

    def name_of(text):
        found = LATEST.fullmatch(text)
        if found and found[1] not in known:
            raise ValueError(
                f"{document.source}: {stage} refers to {text}, and no stage "
                f"before it has this name{did_you_mean(found[1], known)}"
            )
        return known[found[1]] if found else text

    return _copied(document, node, name_of, top=True)


def _copied(document, node, name_of, top=False):
    """Copy a node with its texts replaced. A value of the first level is left as it
    is, so that it stays one object; all else, keys too, is new: a node that is
    used twice would be written as a reference to its first place."""
    if id(node) in document.names and not top:
        return node

    def copy(child):
        return _copied(document, child, name_of)

    if isinstance(node, yaml.ScalarNode):
        value = name_of(node.value)
    elif isinstance(node, yaml.MappingNode):
        value = [(scalar(key.value), copy(v)) for key, v in node.value]
    else:
        value = list(map(copy, node.value))
    return type(node)(node.tag, value)


def _after(document, node, rounds):
    """Replace references of what is not in the loop, to its last round; a key with
    the number of the round stands for an entry for each."""
    if not _refers(node):
        return node

    def name_of(text, known=rounds[-1]):
        found = LATEST.fullmatch(text)
        return known.get(found[1], text) if found else text

    if isinstance(node, yaml.ScalarNode):
        return yaml.ScalarNode(node.tag, name_of(node.value))
    if isinstance(node, yaml.SequenceNode):
        children = [_after(document, child, rounds) for child in node.value]
        return yaml.SequenceNode(node.tag, children)
    pairs = []
    for key, child in node.value:
        if "$round" not in key.value:
            pairs.append((key, _after(document, child, rounds)))
            continue
        for known in rounds:
            title = scalar(key.value.replace("$round", known["round"]))
            own = functools.partial(name_of, known=known)
            pairs.append((title, _copied(document, child, own)))
    return yaml.MappingNode(node.tag, pairs)


def _refers(node):
    """Tell whether there is a $ anywhere in a node."""
    if isinstance(node, yaml.ScalarNode):
        return "$" in node.value
    mapping = isinstance(node, yaml.MappingNode)
    keys = [key for key, _ in node.value] if mapping else []
    return any(map(_refers, [*keys, *children(node)]))
