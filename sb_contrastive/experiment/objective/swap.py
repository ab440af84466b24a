"""Another objective in an experiment that pretrains, from a YAML in the folder `objectives` beside it."""

import re

import yaml

from sb_contrastive.experiment.document import Document, scalar
from sb_contrastive.experiment.objective.file import objective_file
from sb_contrastive.experiment.objective.text_blocks import (
    block_of,
    node_of,
    text_blocks,
)
from sb_contrastive.experiment.schema import known_values

BRAIN, CROPS = "pretraining_brain", "crops"
PRETRAINING = "!name:sb_contrastive.brains.PretrainingBrain"
# What a Brain needs whatever its objectives are: it stays as it is
STAYS = ("augmentation", "opt_class", "learning_rate", "positives")
REFERENCE = re.compile(r"<(\w+)[>\[.]")
TITLE = re.compile(r"# ([^(:\n]+?) *[(:]")
TESTED = re.compile(r"(systems: *\{)[^:{},]+(: *pretrain\b)")


def with_objective(text, path, name):
    """Write an experiment with another objective.

    The values of the objective's YAML take the place of those of the experiment
    or are added to them; its encoder, data, augmentation, optimiser and learning
    rate stay. What only the old objective has read is left out.

    Arguments
    ---------
    text : str
        The experiment.
    path : pathlib.Path
        Its file.
    name : str
        See `objective_file`.

    Returns
    -------
    str
    """
    file = objective_file(name, path)
    given = file.read_text(encoding="utf-8")
    new = {key: block for key, block in text_blocks(given) if key}
    blocks = text_blocks(text)
    own = {key: block for key, block in blocks if key}
    old = _reached(own, BRAIN)
    own |= _crops(own, new.pop(CROPS, None), path)
    brain = _brain(own[BRAIN], new.pop(BRAIN))
    heading = f"# {f' Objective: {file.stem} ':-^77}\n"
    own[BRAIN] = heading + "".join(new.values()) + brain
    title = TITLE.match(given)
    if title and "verify" in own:
        put = rf"\g<1>{title[1]}\g<2>"
        own["verify"] = TESTED.sub(put, own["verify"])
    kept = [
        (key, own.get(key, block)) for key, block in blocks if key not in new
    ]
    return _without_unread(kept, old)


def _parts(node):
    return {key.value: value for key, value in node.value}


def _brain(block, new):
    """Write the Brain: what stays of the old one, and what the new one says."""
    old, new = _parts(node_of(block)), node_of(new)
    modules = _parts(old["modules"]) if "modules" in old else {}
    encoder = modules.get("encoder", scalar("<encoder>"))
    entries = [(scalar("modules"), _mapping([(scalar("encoder"), encoder)]))]
    entries += [
        (scalar(key), old[key]) for key in (CROPS, *STAYS) if key in old
    ]
    node = yaml.MappingNode(PRETRAINING, [*entries, *new.value])
    return block_of(BRAIN, node)


def _mapping(entries):
    return yaml.MappingNode("tag:yaml.org,2002:map", entries)


def _crops(own, new, path):
    """Write the crops: as many sets as the new objective looks at, the long ones
    as long as before, short ones half as long where there were none."""
    if new is None:
        return {}
    crops, given = node_of(own[CROPS]), _parts(node_of(new))
    parts, counts = _parts(crops), given["counts"].value
    holder, changed = CROPS, {}
    seconds = parts.get("seconds")
    if seconds is not None and seconds.tag == "!ref":
        holder = REFERENCE.search(seconds.value)[1]
        seconds = node_of(own[holder])
    if not isinstance(seconds, yaml.SequenceNode):
        raise ValueError(
            f"the crops of {path} have no list of seconds: write one for "
            f"--objective to fit the crops to another objective"
        )
    lengths = seconds.value[: len(counts)]
    while len(lengths) < len(counts):
        half = str(float(lengths[-1].value) / 2)
        lengths.append(yaml.ScalarNode(lengths[-1].tag, half))
    seconds.value = [
        yaml.ScalarNode("tag:yaml.org,2002:float", x.value)
        if x.tag != "!ref"
        else x
        for x in lengths
    ]
    parts["counts"] = given["counts"]
    if len(counts) > 1:
        parts.pop("disjoint", None)  # which is for a pair
    crops.value = [(scalar(key), node) for key, node in parts.items()]
    if holder != CROPS:
        changed[holder] = block_of(holder, seconds)
    return {**changed, CROPS: block_of(CROPS, crops)}


def _reached(own, name):
    """Collect the names that a value refers to, and those that these refer to."""
    found, waiting = {}, [name]
    while waiting:
        for other in REFERENCE.findall(own[waiting.pop()]):
            if other in own and other not in found:
                found[other] = True
                waiting.append(other)
    return list(found)


def _without_unread(blocks, candidates):
    """Leave out the candidates that nothing refers to, nor any stage takes."""
    while True:
        text = "".join(block for _, block in blocks)
        taken = known_values(Document(text))
        unread = [
            key
            for key in candidates
            if key not in taken
            and not any(
                key in REFERENCE.findall(block)
                for other, block in blocks
                if other != key
            )
        ]
        left = [(key, block) for key, block in blocks if key not in unread]
        if len(left) == len(blocks):
            return text
        blocks = left
