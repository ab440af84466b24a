"""Exports an encoder with its classifier."""

import torch
from speechbrain.dataio.encoder import CategoricalEncoder
from speechbrain.nnet.containers import Sequential

from sb_contrastive.export.classifier_layers import classifier_layers
from sb_contrastive.export.model_folder import write_model
from sb_contrastive.export.usage import Usage

_HEAD = """
classifier: !new:speechbrain.nnet.containers.Sequential
{layers}
    log_softmax: !new:torch.nn.LogSoftmax
        dim: -1

label_encoder: !new:speechbrain.dataio.encoder.CategoricalEncoder
__expect_len: !apply:speechbrain.dataio.encoder.CategoricalEncoder.expect_len
    - !ref <label_encoder>
    - {classes}
"""


def export_classifier(
    folder,
    encoder_yaml,
    encoder,
    classifier,
    classes,
    card,
    overrides="",
    usage=Usage(),
):
    """Write an encoder with its classifier to a folder that
    `speechbrain.inference.classifiers.EncoderClassifier` loads.

    The folder may be moved, needs no network, and does not need this package
    where the encoder's parts are SpeechBrain's. It is loaded once as a check,
    and replaces an older one in one step. Call this on the main process only.

    Arguments
    ---------
    folder : str or pathlib.Path
        The folder to write; an older export there is replaced.
    encoder_yaml : str or pathlib.Path
        The YAML that describes the encoder (hparams/models/ecapa.yaml), or
        that of an experiment whose value `encoder` describes it.
    encoder : UtteranceEncoder
        The trained encoder, which is left unchanged.
    classifier : torch.nn.Linear or torch.nn.Sequential
        [B, D] -> logits [B, C], see `classifier_layers`.
    classes : list of str
        Names of the C classes, in the order of the logits.
    card : dict
        The text of README.md by section, see `model_card`.
    overrides : str
        YAML text that replaces values of `encoder_yaml`, as for `Experiment`.
    usage : Usage
        What a user has to do as the training did.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    ValueError
        When `encoder_yaml` describes another encoder, the classifier does not
        fit, or `folder` holds something else.

    Example
    -------
    >>> from hyperpyyaml import load_hyperpyyaml
    >>> yaml = getfixture("tmp_path") / "encoder.yaml"
    >>> _ = yaml.write_text('''!new:sb_contrastive.encoders.UtteranceEncoder
    ... embedding_dim: 8
    ... compute_features: !new:speechbrain.lobes.features.Fbank
    ... backbone: !new:speechbrain.lobes.models.Xvector.Xvector
    ...     in_channels: 40
    ...     lin_neurons: !ref <embedding_dim>
    ...     tdnn_channels: [8, 8, 8, 8, 16]
    ... ''')
    >>> encoder = load_hyperpyyaml(f"encoder: !include:{yaml}")["encoder"]
    >>> folder = export_classifier(
    ...     yaml.parent / "model", yaml, encoder, torch.nn.Linear(8, 2),
    ...     ["happy", "sad"], {"title": "Two emotions"},
    ... )
    >>> from speechbrain.inference.classifiers import EncoderClassifier
    >>> model = EncoderClassifier.from_hparams(source=folder)
    >>> log_posteriors, *_ = model.classify_batch(torch.randn(3, 8000))
    >>> log_posteriors.shape
    torch.Size([3, 2])
    """
    classes = list(classes)
    layers = classifier_layers(classifier)
    linear = [x for x, _ in layers.values() if isinstance(x, torch.nn.Linear)]
    if not linear:
        raise ValueError("the classifier to export has no linear layer")
    given = (linear[0].in_features, linear[-1].out_features)
    once = len(set(classes)) == len(classes)
    if given != (encoder.embedding_dim, len(classes)) or not once:
        raise ValueError(
            f"a classifier of {given[0]} inputs and {given[1]} outputs does "
            f"not fit embeddings of {encoder.embedding_dim} dimensions and "
            f"the classes {', '.join(map(str, classes))}, each named once"
        )
    labels = CategoricalEncoder()
    labels.update_from_iterable(classes)
    head = _HEAD.format(
        layers="\n".join(
            f"    {name}: {text}" for name, (_, text) in layers.items()
        ),
        classes=given[1],
    )
    # The YAML adds a log-softmax, which has no parameters
    networks = {name: layer for name, (layer, _) in layers.items()}
    rest = {
        "classifier": Sequential(**networks),
        "label_encoder": labels,
    }
    return write_model(
        folder, encoder_yaml, encoder, card, overrides, head, rest, usage
    )
