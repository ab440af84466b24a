"""Groups of parameters that an optimiser treats alike."""


def parameter_groups(parameters, factors=None):
    """Groups with weight decay (matrices) and without (the rest: biases, norms),
    for each share of the learning rate.

    Arguments
    ---------
    parameters : iterable of torch.nn.Parameter
        Those that are frozen are left out.
    factors : dict of int to float, optional
        id of a parameter -> its share of the learning rate; 1 where absent.

    Returns
    -------
    list of dict
        As optimisers take them, with `rate_factor`: the full rate first, whose
        value is logged, and matrices before the rest.

    Example
    -------
    >>> import torch
    >>> groups = parameter_groups(torch.nn.Linear(2, 3).parameters())
    >>> [[p.dim() for p in g["params"]] for g in groups], groups[1]["weight_decay"]
    ([[2], [1]], 0.0)
    """
    factors, groups = factors or {}, {}
    for p in parameters:
        if p.requires_grad:
            key = (factors.get(id(p), 1.0), p.dim() > 1)
            groups.setdefault(key, []).append(p)
    return [
        {
            "params": groups[factor, matrices],
            "rate_factor": factor,
            **({} if matrices else {"weight_decay": 0.0}),
        }
        for factor, matrices in sorted(groups, reverse=True)
    ]
