"""Descriptions of trained encoders as YAML that stands by itself, for model folders."""

import yaml

from sb_contrastive.experiment.document import MAPPING, scalar

UTTERANCE_ENCODER = "!new:sb_contrastive.encoders.UtteranceEncoder"
ENCODER_FRAMES = "!new:sb_contrastive.encoders.EncoderFrames"


def encoder_text(experiment):
    """Describe the encoder of an experiment.

    Arguments
    ---------
    experiment : Experiment
        Its YAML gives `encoder`.

    Returns
    -------
    str
        A YAML with the value `encoder`.
    """
    node = experiment.document.nodes["encoder"]
    return _text(experiment, _folded(experiment, node))


def adapted_encoder_text(experiment, comes_frozen):
    """Describe an adapter on the frames of an encoder as one `UtteranceEncoder`.

    Arguments
    ---------
    experiment : Experiment
        Its YAML gives `encoder` and `adapter_encoder`.
    comes_frozen : bool
        Whether the frames are those of the encoder's front end.

    Returns
    -------
    str
        A YAML with the value `encoder`.
    """
    adapter = experiment.document.nodes["adapter_encoder"]
    return _on_frames(experiment, _folded(experiment, adapter), comes_frozen)


def pooled_encoder_text(experiment, statistics, of_front_end):
    """Describe statistics of the frames of an encoder as one `UtteranceEncoder`.

    Arguments
    ---------
    experiment : Experiment
        Its YAML gives `encoder`.
    statistics : dict
        The arguments of `LayerStatistics`.
    of_front_end : bool
        Whether the frames are those of the encoder's front end.

    Returns
    -------
    str
        A YAML with the value `encoder`.
    """
    pooling = yaml.compose(yaml.safe_dump(statistics))
    pooling.tag = "!new:sb_contrastive.encoders.LayerStatistics"
    return _on_frames(experiment, pooling, of_front_end)


def _on_frames(experiment, backbone, of_front_end):
    encoder = _folded(experiment, experiment.document.nodes["encoder"])
    if of_front_end:
        parts = {key.value: value for key, value in encoder.value}
        front_end = parts["compute_features"]
    else:
        front_end = yaml.MappingNode(
            ENCODER_FRAMES, [(scalar("encoder"), encoder)]
        )
    return _text(
        experiment,
        yaml.MappingNode(
            UTTERANCE_ENCODER,
            [
                (scalar("compute_features"), front_end),
                (scalar("backbone"), backbone),
            ],
        ),
    )


def _text(experiment, node):
    return experiment.document.text(
        yaml.MappingNode(MAPPING, [(scalar("encoder"), node)])
    )


def _folded(experiment, node):
    """Replace attributes of other objects by their values: the description of a
    network shall not contain the objects that its sizes came from."""
    if node.tag == "!apply:getattr":
        value = experiment.document.build((), node)[None]
        return yaml.compose(yaml.safe_dump(value))
    if isinstance(node, yaml.MappingNode):
        pairs = [(key, _folded(experiment, v)) for key, v in node.value]
        return yaml.MappingNode(node.tag, pairs)
    if isinstance(node, yaml.SequenceNode):
        items = [_folded(experiment, v) for v in node.value]
        return yaml.SequenceNode(node.tag, items)
    return node
