"""Says what is trained of a pretrained network: nothing, its upper layers, adapters inside it, or all of it."""

from sb_contrastive.encoders.tuning.lora import (
    LoRALinear,
    ZeroHoulsby,
    insert,
)
from sb_contrastive.encoders.tuning.tuned_network import TunedNetwork
from sb_contrastive.ranges import Count, Fraction, NotNegative, Positive
from sb_contrastive.suggestions import check_choice

TUNE = ("none", "top_k", "lora", "houlsby", "all")


class Tuning:
    """Chooses what is trained of a pretrained network, and how fast.

    Arguments
    ---------
    tune : str
        "none": the network is frozen for good. "top_k": the last
        `top_layers` are trained. "lora": low-rank updates of the query and value
        projections (Hu et al. 2021, https://arxiv.org/abs/2106.09685).
        "houlsby": bottlenecks behind attention and feed-forward part (Houlsby
        et al. 2019, https://arxiv.org/abs/1902.00751). "all": the whole
        network, without the convolutions that read the audio unless
        `tune_features` is set.
    top_layers : int
        Transformer layers that "top_k" trains.
    rank : int
        Rank r of the updates of "lora".
    lora_alpha : float
        The updates are multiplied by lora_alpha / rank.
    adapt : list of str, optional
        Names of the linear layers that "lora" or "houlsby" adapts, in each
        Transformer layer, e.g. [q_proj, v_proj, fc1, fc2].
    bottleneck : int
        Width of the adapters of "houlsby".
    tune_features : bool
        Whether "all" trains the convolutions as well.
    tune_rate : float
        Share of the learning rate for what is trained of the network.
    layer_decay : float
        Factor by which the rate falls from a layer to the one below it.
    pull : float
        Weight of the pull towards the pretrained weights, see
        `sb_contrastive.training.steps.pull`.
    recompute : bool
        Whether layers are computed again in the backward pass instead of being
        kept: less memory, more time.
    spec_augment : bool
        Whether the network masks its features in training, as its
        configuration says.

    Example
    -------
    >>> Tuning("lora", rank=4).trains, Tuning().trains
    (True, False)
    >>> Tuning("lroa")
    Traceback (most recent call last):
    ...
    ValueError: tune is one of none, top_k, lora, houlsby, all, got 'lroa'; did you mean 'lora'?
    """

    def __init__(
        self,
        tune: str = "none",
        top_layers: Count = 2,
        rank: Count = 8,
        lora_alpha: Positive = 16.0,
        adapt: list[str] | None = None,
        bottleneck: Count = 64,
        tune_features: bool = False,
        tune_rate: Fraction = 1.0,
        layer_decay: Fraction = 1.0,
        pull: NotNegative = 0.0,
        recompute: bool = False,
        spec_augment: bool = False,
    ):
        check_choice("tune", tune, TUNE)
        if pull and tune not in ("top_k", "all"):
            raise ValueError(
                f"pull draws trained weights towards the pretrained ones, and "
                f"tune: {tune} trains none of them: leave pull at 0"
            )
        self.tune, self.top_layers = tune, top_layers
        self.rank, self.lora_alpha, self.adapt = rank, lora_alpha, adapt
        self.bottleneck, self.tune_features = bottleneck, tune_features
        self.tune_rate, self.layer_decay = tune_rate, layer_decay
        self.pull, self.recompute = pull, recompute
        self.spec_augment = spec_augment

    @property
    def trains(self):
        """Tells whether anything of the network is trained."""
        return self.tune != "none"

    def apply(self, network, layout):
        """Prepare a network for training.

        Arguments
        ---------
        network : torch.nn.Module
            A network of transformers, changed in place.
        layout : Layout
            Where its parts are.

        Returns
        -------
        TunedNetwork
        """
        layers = network.get_submodule(layout.layers)
        resting = []
        if self.tune == "lora":
            names = self.adapt or layout.attention
            trained = insert(
                network,
                LoRALinear,
                _patterns(layout, names),
                rank=self.rank,
                alpha=self.lora_alpha,
            )
        elif self.tune == "houlsby":
            names = self.adapt or layout.outputs
            trained = insert(
                network,
                ZeroHoulsby,
                _patterns(layout, names),
                projection_size=self.bottleneck,
            )
        else:
            trained = self._own_weights(network, layout, len(layers))
        if self.tune == "top_k":
            resting = [
                *(network.get_submodule(name) for name in layout.features),
                *_between(network, layout),
                *layers[: len(layers) - self.top_layers],
            ]
        if self.recompute:
            network.gradient_checkpointing_enable({"use_reentrant": False})
        return TunedNetwork(network, trained, resting)

    def _own_weights(self, network, layout, count):
        """Choose among the network's own weights."""
        names = {name for name, _ in network.named_parameters()}
        left_out = layout.fixed
        if not self.spec_augment:  # which puts this vector in masked places
            left_out += ("masked_spec_embed",)
        if not (self.tune == "all" and self.tune_features):
            left_out += layout.features
        names = {name for name in names if not layout.is_in(name, left_out)}
        if self.tune == "all":
            return names
        if self.top_layers > count:
            raise ValueError(
                f"top_layers is {self.top_layers}, and the network has {count} "
                f"layers: give at most {count}"
            )
        lowest = count - self.top_layers
        layer = {name: layout.layer_of(name) for name in names}
        return {n for n in names if layer[n] is None or layer[n] >= lowest}

    def rate_factors(self, tuned, layout):
        """Return a dict from the id of a trained parameter to its share of the
        learning rate.

        Arguments
        ---------
        tuned : TunedNetwork
            The network.
        layout : Layout
            Where its parts are.

        Returns
        -------
        dict of int to float
        """
        count = len(tuned.network.get_submodule(layout.layers))
        factors = {}
        for name, parameter in tuned.network.named_parameters():
            layer = layout.layer_of(name)
            depth = 0 if layer is None else count - 1 - layer
            factors[id(parameter)] = self.tune_rate * self.layer_decay**depth
        return factors


def _between(network, layout):
    """List what stands between the features and the first layer, such as
    dropout."""
    return [
        part
        for name, part in network.named_modules()
        if layout.layer_of(name) == -1 and not any(part.children())
    ]


def _patterns(layout, names):
    """Return wildcards for these linear layers in every Transformer layer."""
    return [f"{layout.layers}.*.{name}" for name in names]
