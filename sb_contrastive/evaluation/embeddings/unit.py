"""Embeddings on the unit sphere, where cosine scoring sees them."""

import numpy as np
import torch

# rows of the similarity matrix held at a time: 1024 x 50 000 is 0.2 GB
ROWS = 1024


def unit_embeddings(embeddings, dtype=torch.float32):
    """Scales embeddings to length 1; an embedding of zeros stays one.

    Arguments
    ---------
    embeddings : torch.Tensor or array
        Raw embeddings [N, D].
    dtype : torch.dtype
        Precision of the result.

    Returns
    -------
    torch.Tensor
        [N, D] without gradient, on the device of the embeddings.

    Raises
    ------
    ValueError
        If the shape is another.

    Example
    -------
    >>> unit_embeddings([[3.0, 4.0], [0.0, 0.0]])
    tensor([[0.6000, 0.8000],
            [0.0000, 0.0000]])
    """
    z = torch.as_tensor(embeddings).detach().to(dtype)
    if z.ndim != 2:
        raise ValueError(f"embeddings must be [N, D], got {list(z.shape)}")
    return torch.nn.functional.normalize(z, dim=1)


def cosine_blocks(u):
    """Yields the cosines of unit embeddings in blocks of rows.

    Arguments
    ---------
    u : torch.Tensor
        Unit embeddings [N, D].

    Yields
    ------
    rows : torch.Tensor
        Numbers [R] of the rows of a block.
    cosines : torch.Tensor
        Cosines [R, N] with all embeddings.

    Example
    -------
    >>> [(rows, cosines)] = cosine_blocks(torch.eye(2))
    >>> rows.tolist(), cosines.tolist()
    ([0, 1], [[1.0, 0.0], [0.0, 1.0]])
    """
    for rows in torch.arange(len(u), device=u.device).split(ROWS):
        yield rows, u[rows] @ u.T


def class_codes(names, N, kind="labels"):
    """Numbers the classes, or speakers, of N embeddings.

    Arguments
    ---------
    names : sequence, array or tensor
        Class of each embedding.
    N : int
        Number of embeddings.
    kind : str
        What the names are, for messages.

    Returns
    -------
    distinct : numpy.ndarray
        Names of the classes as text, sorted.
    codes : numpy.ndarray
        Number [N] of the class of each embedding.

    Raises
    ------
    ValueError
        If there are not N names.

    Example
    -------
    >>> class_codes(["b", "a", "b"], 3)[1].tolist()
    [1, 0, 1]
    """
    names = names.tolist() if hasattr(names, "tolist") else list(names)
    if len(names) != N:
        raise ValueError(f"{N} embeddings but {len(names)} {kind}")
    return np.unique([str(name) for name in names], return_inverse=True)


def labelled_unit_embeddings(embeddings, labels):
    """Returns unit embeddings as an array, with the number of each one's class.

    Arguments
    ---------
    embeddings : array or torch.Tensor
        Raw embeddings [N, D].
    labels : sequence
        Class of each embedding, two classes or more.

    Returns
    -------
    u : numpy.ndarray
        Unit embeddings [N, D] in float64.
    codes : numpy.ndarray
        Number [N] of the class of each embedding.

    Raises
    ------
    ValueError
        If the shape is another, or there are fewer than two classes.

    Example
    -------
    >>> u, codes = labelled_unit_embeddings([[2.0, 0.0], [0.0, 4.0]], "ba")
    >>> u.tolist(), codes.tolist()
    ([[1.0, 0.0], [0.0, 1.0]], [1, 0])
    """
    u = unit_embeddings(embeddings, torch.float64).cpu().numpy()
    names, codes = class_codes(labels, len(u))
    if len(names) < 2:
        raise ValueError(
            f"measures of a space need two classes, got {', '.join(names)}"
        )
    return u, codes
