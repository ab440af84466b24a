"""Crops of a batch as the rows of one tensor, each with its own augmentation."""


def stacked_views(crops, utterances, augmentation=None, epoch=0, first=0):
    """Stacks the crops of a batch, view after view, for one pass of an encoder.

    Arguments
    ---------
    crops : torch.Tensor
        [B, V, S].
    utterances : list of str
        ID of each of the B utterances.
    augmentation : callable, optional
        (crops [N, S], ids, views, epoch) -> crops.
    epoch : int
        Epoch, part of the key of the augmentation.
    first : int
        Number of the first of these views within its utterance, so that no
        two crops share a key.

    Returns
    -------
    torch.Tensor
        [V * B, S]; `unflatten(0, (V, B))` takes it apart again.

    Example
    -------
    >>> import torch
    >>> stacked_views(torch.tensor([[[1], [2]], [[3], [4]]]), ["a", "b"])
    tensor([[1],
            [3],
            [2],
            [4]])
    """
    B, V, _ = crops.shape
    flat = crops.transpose(0, 1).flatten(0, 1)  # [V * B, S]
    if augmentation is None:
        return flat
    numbers = [first + v for v in range(V) for _ in range(B)]
    return augmentation(flat, list(utterances) * V, numbers, epoch)
