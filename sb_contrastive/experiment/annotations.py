"""Annotations of signatures: they say which values of a YAML are text, numbers or lists."""

import types
import typing

import yaml

from sb_contrastive.ranges import Range

RUNS, COMMON = "values of other experiments by run", "values of all of them"
Runs = typing.Annotated[dict, RUNS]
Common = typing.Annotated[dict, COMMON]
TEXT, NULL = "tag:yaml.org,2002:str", "tag:yaml.org,2002:null"
NUMBERS = {
    "tag:yaml.org,2002:bool": bool,
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:float": float,
}


def alternatives(annotation):
    """List the annotations that a value may fulfil, without what they are
    annotated with.

    Arguments
    ---------
    annotation : object
        From a signature.

    Returns
    -------
    list

    Example
    -------
    >>> alternatives(int | list[str] | None)
    [<class 'int'>, list[str], <class 'NoneType'>]
    """
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return alternatives(inner[0])
    if origin in (typing.Union, types.UnionType):
        return [one for given in inner for one in alternatives(given)]
    return [annotation]


def kinds(annotation):
    """List the classes that an annotation allows.

    Arguments
    ---------
    annotation : object
        From a signature.

    Returns
    -------
    list of type

    Example
    -------
    >>> kinds(int | list[str])
    [<class 'int'>, <class 'list'>]
    """
    return [typing.get_origin(a) or a for a in alternatives(annotation)]


def ranges(annotation):
    """List the ranges that a number has to lie in; one of them is enough.

    Arguments
    ---------
    annotation : object
        From a signature.

    Returns
    -------
    list of Range

    Example
    -------
    >>> from sb_contrastive.ranges import Count
    >>> ranges(Count | None)
    [Range(low=1, high=inf, above=False, whole=True)]
    """
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return [found for found in inner[1:] if isinstance(found, Range)]
    if origin in (typing.Union, types.UnionType):
        return [one for given in inner for one in ranges(given)]
    return []


def items(annotation):
    """Return the annotation of the items of a list, or of the values of a dict;
    None where it names none.

    Arguments
    ---------
    annotation : object
        From a signature.

    Returns
    -------
    object

    Example
    -------
    >>> items(str | list[str])
    <class 'str'>
    """
    for one in alternatives(annotation):
        if typing.get_origin(one) in (list, dict):
            return typing.get_args(one)[-1]


def take_to_the_letter(node, annotation):
    """Make text of the scalars of a node that are text by annotation: fold 01
    is not 1, and the class yes is not True. The node is changed.

    Arguments
    ---------
    node : yaml.Node
        A value of a YAML.
    annotation : object
        Of the argument that takes it.

    Example
    -------
    >>> node = yaml.compose("[01, yes, null, 1.0]")
    >>> take_to_the_letter(node, list[str] | None)
    >>> yaml.safe_load(yaml.serialize(node))
    ['01', 'yes', 'null', '1.0']
    """
    allowed = kinds(annotation)
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            take_to_the_letter(item, items(annotation))
    elif isinstance(node, yaml.MappingNode):
        if dict in allowed and not node.tag.startswith("!"):
            for key, _ in node.value:  # names of the user's own
                take_to_the_letter(key, str)
    elif str in allowed and not node.tag.startswith("!"):
        absent = node.tag == NULL and type(None) in allowed
        # YAML 1.1 reads 1e3 as a word, YAML 1.2 as a number
        word = node.tag == TEXT and (node.value[:1].isalpha() or node.style)
        if not (word or absent or NUMBERS.get(node.tag) in allowed):
            node.tag, node.style = TEXT, '"'
