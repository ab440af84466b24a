"""The length of a training run in epochs and optimiser steps, and the epochs that end with a validation."""

from speechbrain.utils.run_opts import RunOptions

from sb_contrastive.distributed import world_size


def epochs_for(epochs, least_steps, batches):
    """Count the epochs of a run: those asked for, or more where they would be too few steps.

    Arguments
    ---------
    epochs : int
        Passes over the data asked for.
    least_steps : int
        Batches that a run shall have in all.
    batches : int
        Batches in an epoch, at least 1.

    Returns
    -------
    int

    Example
    -------
    >>> epochs_for(epochs=10, least_steps=160, batches=30)
    10
    >>> epochs_for(epochs=10, least_steps=160, batches=3)
    54
    """
    return max(epochs, -(-least_steps // batches))  # rounded up


def validation_epochs(epochs, count):
    """Choose the epochs that end with a validation: evenly apart, the last among them.

    Arguments
    ---------
    epochs : int
        Epochs of the run.
    count : int
        Validations wanted.

    Returns
    -------
    set of int

    Example
    -------
    >>> sorted(validation_epochs(epochs=7, count=3))
    [2, 5, 7]
    """
    count = min(count, epochs)
    return {round((i + 1) * epochs / count) for i in range(count)}


def brain_options(hparams):
    """Collect the values of a YAML that SpeechBrain's Brain reads as run options.

    Arguments
    ---------
    hparams : dict
        All values of the YAML.

    Returns
    -------
    dict

    Example
    -------
    >>> brain_options({"precision": "bf16", "margin": 0.1})
    {'precision': 'bf16'}
    """
    names = RunOptions().as_dict()
    # By name: a look at all values of an experiment would build them
    return {name: hparams[name] for name in names if name in hparams}


def batches_in_step(hparams, run_opts=None):
    """Count the batches that make one optimiser step, over all processes.

    Arguments
    ---------
    hparams, run_opts
        See `optimizer_steps`.

    Returns
    -------
    int

    Example
    -------
    >>> batches_in_step({"grad_accumulation_factor": 4})
    4
    """
    return world_size() * _accumulation(hparams, run_opts)


def _accumulation(hparams, run_opts):
    options = RunOptions(**brain_options(hparams))
    given = getattr(run_opts, "overridden_args", ())
    if "grad_accumulation_factor" in given:
        options = run_opts
    return options.grad_accumulation_factor


def optimizer_steps(epochs, batches, hparams, run_opts=None):
    """Count the optimiser steps of a training run, as schedules do.

    Arguments
    ---------
    epochs : int
        Epochs in all.
    batches : int
        Batches in each, over all processes.
    hparams : dict
        All values of the YAML, maybe with `grad_accumulation_factor`.
    run_opts : speechbrain.utils.run_opts.RunOptions, optional
        Those of the command line, which come first.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        When an epoch has no step: nothing would be trained, and nothing said.

    Example
    -------
    >>> optimizer_steps(epochs=2, batches=10, hparams={})
    20
    >>> optimizer_steps(2, 10, {"grad_accumulation_factor": 4})
    4
    >>> optimizer_steps(2, 0, {})
    Traceback (most recent call last):
    ...
    ValueError: 0 full batches ...: give more audio, or a smaller batch size
    """
    together = _accumulation(hparams, run_opts)
    # SpeechBrain drops the batches after the last full accumulation
    per_process = batches // world_size()
    steps = per_process // together
    if steps < 1:
        raise ValueError(
            f"{batches} full batches over {world_size()} processes, "
            f"{together} of them to a step, make no "
            f"step in an epoch: give more audio, or a smaller batch size"
        )
    return epochs * steps
