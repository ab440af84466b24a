"""Speed of several training runs as of one."""


def joint_speed(logs):
    """Combines the speed figures of several training runs.

    Arguments
    ---------
    logs : iterable of dict
        The figures of `TrainingBrain.speed` of each run.

    Returns
    -------
    dict of str to float
        The same figures: the sum of seconds, means weighted by seconds, and the
        maximum of parameters and memory.

    Example
    -------
    >>> joint_speed([
    ...     {"train_seconds": s, "utterances_per_second": u, "data_wait_share": 0.5}
    ...     for s, u in [(10, 8), (30, 4)]
    ... ])
    {'train_seconds': 40, 'utterances_per_second': 5.0, 'data_wait_share': 0.5}
    """
    logs = list(logs)
    seconds = sum(log["train_seconds"] for log in logs)

    def mean(name):
        weighted = sum(log["train_seconds"] * log[name] for log in logs)
        return weighted / max(seconds, 1e-9)

    def most(name):
        known = [log[name] for log in logs if log.get(name) is not None]
        return {name: max(known)} if known else {}

    return {
        "train_seconds": seconds,
        "utterances_per_second": mean("utterances_per_second"),
        "data_wait_share": mean("data_wait_share"),
        **most("trainable_parameters"),
        **most("peak_memory_gib"),
    }
