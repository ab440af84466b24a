"""Finds the parts of a pretrained Transformer, by the names that transformers gives them."""

from typing import NamedTuple


class Layout(NamedTuple):
    """Names of the parts of a network.

    `layers` is the list of Transformer layers; `features` are the parts that
    make their input of audio; `top` follows the last layer; `fixed` is never
    trained. Within a layer, `attention` are the query and value projections,
    `outputs` the linear layers that attention and feed-forward part end with.
    """

    layers: str
    features: tuple
    top: tuple
    fixed: tuple = ()
    attention: tuple = ("q_proj", "v_proj")
    outputs: tuple = ("attention.out_proj", "feed_forward.output_dense")

    def layer_of(self, name):
        """Return the number of the layer that a parameter belongs to; -1 below
        the first layer, and None above the last.

        Arguments
        ---------
        name : str
            Name of the parameter in the network.

        Returns
        -------
        int or None

        Example
        -------
        >>> layout = Layout("encoder.layers", ("feature_extractor",), ("encoder.layer_norm",))
        >>> layout.layer_of("encoder.layers.3.attention.q_proj.weight")
        3
        >>> layout.layer_of("feature_extractor.conv.weight")
        -1
        """
        if name.startswith(f"{self.layers}."):
            return int(name.removeprefix(f"{self.layers}.").split(".")[0])
        return None if self.is_in(name, self.top) else -1

    def is_in(self, name, parts):
        """Tell whether a parameter belongs to one of these parts."""
        return any(name == p or name.startswith(f"{p}.") for p in parts)


def wav2vec2_layout(family, norm_follows):
    """Return the layout of HuBERT, wav2vec 2.0 and WavLM models.

    Arguments
    ---------
    family : str
        hubert, wav2vec2 or wavlm.
    norm_follows : bool
        Whether a norm follows the last layer; in other models it stands before
        the first.

    Returns
    -------
    Layout
    """
    outputs = ("attention.out_proj", "feed_forward.output_dense")
    return Layout(
        layers="encoder.layers",
        features=("feature_extractor",),
        top=("encoder.layer_norm",) if norm_follows else (),
        # WavLM's attention reads the weights of its output projection, which a
        # bottleneck behind it would hide
        outputs=outputs[1:] if family == "wavlm" else outputs,
    )


WHISPER = Layout(
    layers="layers",
    features=("conv1", "conv2"),
    top=("layer_norm",),
    fixed=("embed_positions",),  # sinusoids
    outputs=("self_attn.out_proj", "fc2"),
)
