"""Refuses an export that SpeechBrain would load as another model."""

import torch
from hyperpyyaml import load_hyperpyyaml
from speechbrain.dataio.encoder import CategoricalEncoder

from sb_contrastive.export.encoder_yaml import as_text


def check_description(encoder_yaml, nodes, modules):
    """Compare names and shapes of the parameters, since SpeechBrain only warns.

    Arguments
    ---------
    encoder_yaml : str or pathlib.Path
        The file of the description, for messages.
    nodes : dict
        Descriptions of the encoder's parts, see `encoder_nodes`.
    modules : dict
        The parts themselves, under the same names.

    Raises
    ------
    ValueError
        When they differ.
    """
    # Building draws random weights, which must not disturb a running training
    with torch.random.fork_rng(devices=[]):
        built = load_hyperpyyaml(as_text(nodes))
    for part, module in modules.items():
        here, there = (
            {key: list(x.shape) for key, x in m.state_dict().items()}
            for m in (module, built[part])
        )
        for key in sorted(here.keys() | there.keys()):
            if here.get(key) != there.get(key):
                raise ValueError(
                    f"{encoder_yaml} describes another encoder: the shape of "
                    f"{part}'s {key} is {there.get(key, 'missing')} there and "
                    f"{here.get(key, 'missing')} in the encoder to export"
                )


def check_folder(folder, encoder_yaml, encoder, rest):
    """Load the exported folder and embed a second of noise, as a user would.

    Arguments
    ---------
    folder : pathlib.Path
        The exported folder.
    encoder_yaml : str or pathlib.Path
        The file of the description, for messages.
    encoder : UtteranceEncoder
        The encoder that was exported, on the CPU.
    rest : dict
        Networks besides the encoder, as for `write_model`.

    Raises
    ------
    ValueError
        When the embeddings or the classes differ, or embeddings are not finite.
    """
    from speechbrain.inference.classifiers import EncoderClassifier

    noise = torch.randn(1, 16000, generator=torch.Generator().manual_seed(0))
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        model = EncoderClassifier.from_hparams(
            source=str(folder), run_opts={"device": "cpu"}
        )
        loaded = model.encode_batch(0.1 * noise).flatten()
        expected = encoder(0.1 * noise).flatten()
    if not expected.isfinite().all():
        raise ValueError(
            f"{encoder_yaml}: the encoder to export gives embeddings that are "
            f"not finite: its training has diverged; train it again with a "
            f"lower learning rate"
        )
    error = (loaded - expected).norm() / expected.norm()
    # SpeechBrain's own statistics pooling adds noise far below this
    if not error < 0.01:
        raise ValueError(
            f"{encoder_yaml} describes another encoder: SpeechBrain's "
            f"embeddings differ from those to export by {error:.0%}"
        )
    if rest and model.hparams.label_encoder.lab2ind != (
        rest["label_encoder"].lab2ind
    ):
        raise ValueError(
            f"SpeechBrain cannot store the classes "
            f"{', '.join(map(str, rest['label_encoder'].lab2ind))}: leave out "
            f"{CategoricalEncoder.VALUE_SEPARATOR!r} and line breaks"
        )
