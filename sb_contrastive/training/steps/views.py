"""Crops of a batch as rows of one tensor, and one pass of a network for each length of crop."""

import torch


def stacked_views(crops, utterances, augmentation=None, epoch=0, first=0):
    """Stacks the crops of a batch, view after view, for one pass of an encoder.

    Arguments
    ---------
    crops : torch.Tensor
        [B, V, S], or frames [B, V, T, D].
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
        [V * B, S] or [V * B, T, D]; `unflatten(0, (V, B))` takes it apart again.

    Example
    -------
    >>> stacked_views(torch.tensor([[[1], [2]], [[3], [4]]]), ["a", "b"])
    tensor([[1],
            [3],
            [2],
            [4]])
    """
    B, V = crops.shape[:2]
    flat = crops.transpose(0, 1).flatten(0, 1)  # [V * B, ...]
    if augmentation is None:
        return flat
    numbers = [first + v for v in range(V) for _ in range(B)]
    return augmentation(flat, list(utterances) * V, numbers, epoch)


def embed_views(network, crops, batch_size, apart=False):
    """Embeds sets of crops; those of one length go through the network
    together, unless each view is to have batch statistics of its own.

    Arguments
    ---------
    network : torch.nn.Module
        [N, S] -> [N, D].
    crops : dict of str to torch.Tensor
        Sets of crops by name, as `stacked_views` makes them [V * B, S].
    batch_size : int
        B.
    apart : bool
        Whether each view takes a pass of its own.

    Returns
    -------
    dict of str to torch.Tensor
        Embeddings [V, B, D] by the same names.

    Example
    -------
    >>> crops = {"long": torch.ones(4, 9), "short": torch.ones(6, 3)}
    >>> z = embed_views(lambda wavs: wavs[:, :2], crops, batch_size=2)
    >>> z["long"].shape, z["short"].shape
    (torch.Size([2, 2, 2]), torch.Size([3, 2, 2]))
    """
    if apart:
        return {
            name: torch.stack([network(v) for v in rows.split(batch_size)])
            for name, rows in crops.items()
        }
    lengths = {}
    for name, rows in crops.items():
        lengths.setdefault(rows.shape[1], []).append(name)
    embeddings = {}
    for names in lengths.values():
        rows = [crops[name] for name in names]
        together = network(torch.cat(rows) if len(rows) > 1 else rows[0])
        counts = [len(r) for r in rows]
        parts = together.split(counts) if len(rows) > 1 else [together]
        for name, z in zip(names, parts):
            embeddings[name] = z.unflatten(0, (-1, batch_size))
    return {name: embeddings[name] for name in crops}
