"""A pretrained encoder whose embedding layer starts anew."""


def with_fresh_affine(encoder, state):
    """Replace the embedding layer in the weights of an encoder by the one that
    the encoder has now.

    Arguments
    ---------
    encoder : UtteranceEncoder
        With an embedding layer as it was drawn.
    state : dict of str to torch.Tensor
        `state_dict` of a pretrained encoder; its embedding layer may be of
        another kind, since another pooling was used, say.

    Returns
    -------
    dict of str to torch.Tensor

    Example
    -------
    >>> import torch
    >>> from sb_contrastive.adapter import AdapterEncoder, WAPTransformer
    >>> from sb_contrastive.encoders import MeanPooling
    >>> adapter = WAPTransformer(16, 16, heads=2, feedforward=8)
    >>> encoder = AdapterEncoder(adapter, MeanPooling(16))
    >>> state = {name: v + 1 for name, v in encoder.state_dict().items()}
    >>> fresh = with_fresh_affine(encoder, state)
    >>> [name for name, v in fresh.items() if torch.equal(v, encoder.state_dict()[name])]
    ['norm.weight', 'norm.bias', ...]
    """
    is_affine = encoder.is_affine
    kept = {name: v for name, v in state.items() if not is_affine(name)}
    own = encoder.state_dict().items()
    return kept | {name: v for name, v in own if is_affine(name)}
