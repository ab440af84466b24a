"""Brings weights to the names of the encoder that loads them, and says in one sentence why they do not fit."""

SHOWN = 3  # names in a message; another network has hundreds
STEP = "encoder."  # what a training step puts before the names of its encoder
BACKBONE = "backbone."


def named_as(own, state):
    """Rename weights to those of an encoder, wherever they were saved.

    Arguments
    ---------
    own : iterable of str
        Names in the `state_dict` of the encoder.
    state : dict of str to torch.Tensor
        A `state_dict` of the encoder itself; of the modules of a training step,
        `encoder` among them; of the backbone alone, with or without the wrapper
        that an export puts around it.

    Returns
    -------
    dict of str to torch.Tensor
        With the names of which the encoder knows most; unchanged where it knows
        none.

    Example
    -------
    >>> step = {"encoder.backbone.fc.weight": 1, "classifier.weight": 2}
    >>> named_as(["backbone.fc.weight"], step)
    {'backbone.fc.weight': 1}
    >>> named_as(["backbone.fc.weight"], {"fc.weight": 1})
    {'backbone.fc.weight': 1}
    """
    own = set(own)
    forms = [state, _within(state, STEP), _within(state, BACKBONE)]
    forms += [
        {BACKBONE + name: v for name, v in form.items()} for form in forms
    ]
    # Of equals the first: what was saved as it is stays as it is
    return max(forms, key=lambda form: len(own & form.keys()))


def misfit(own, state):
    """Describe how weights differ from those of the encoder that loads them.

    Arguments
    ---------
    own, state : dict of str to torch.Tensor
        `state_dict` of the encoder, and the weights.

    Returns
    -------
    str
        Empty where names and shapes agree.

    Example
    -------
    >>> import torch
    >>> misfit({"a": torch.zeros(2)}, {"a": torch.zeros(3), "b": torch.zeros(1)})
    'b is not in this encoder; a is [3] there and [2] here'
    """
    missing = [name for name in own if name not in state]
    unexpected = [name for name in state if name not in own]
    shapes = [
        f"{name} is {list(state[name].shape)} there and "
        f"{list(value.shape)} here"
        for name, value in own.items()
        if name in state and state[name].shape != value.shape
    ]
    parts = []
    if missing:
        parts.append(f"{_some(missing)} {_verb(missing)} not in the file")
    if unexpected:
        parts.append(
            f"{_some(unexpected)} {_verb(unexpected)} not in this encoder"
        )
    return "; ".join([*parts, *shapes[:SHOWN], *_rest(shapes)])


def tuning_of(names):
    """Tell how a pretrained network was tuned, by the names of its weights.

    Arguments
    ---------
    names : iterable of str
        Names in a `state_dict`.

    Returns
    -------
    str
        "none", "lora", "houlsby", or "top_k or all".

    Example
    -------
    >>> layer = "compute_features.tuned.network.layers.0.fc1"
    >>> tuning_of([f"{layer}.adapter_up_proj.weight"]), tuning_of([f"{layer}.weight"])
    ('lora', 'top_k or all')
    """
    tuned = [name for name in names if ".tuned.network." in name]
    if not tuned:
        return "none"
    if any("adapter_up_proj.bias" in name for name in tuned):
        return "houlsby"
    if any("adapter_up_proj." in name for name in tuned):
        return "lora"
    return "top_k or all"


def _within(state, prefix):
    return {
        name.removeprefix(prefix): value
        for name, value in state.items()
        if name.startswith(prefix)
    }


def _some(names):
    if len(names) == 1:
        return names[0]
    shown = ", ".join(names[:SHOWN])
    more = " ..." if len(names) > SHOWN else ""
    return f"{len(names)} weights ({shown}{more})"


def _verb(names):
    return "is" if len(names) == 1 else "are"


def _rest(shapes):
    if len(shapes) <= SHOWN:
        return []
    return [f"{len(shapes) - SHOWN} more have other shapes"]
