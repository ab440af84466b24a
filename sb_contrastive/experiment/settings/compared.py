"""The values that must agree between two calls that fill one folder, and those that may differ."""

from speechbrain.utils.run_opts import RunOptions

from sb_contrastive.experiment.overriding.run_options import given_options

# What may differ between two calls that fill the same folder
FREE = (
    "fold",
    "label_fraction",
    "num_workers",
    "tensorboard",
    # of a study, which may grow; each of its runs keeps to its own settings
    "study",
    "seeds",
    "only",
    "jobs",
    "fold_jobs",
    "job_devices",
)
# Run options of SpeechBrain that change what is trained
TRAINING_OPTIONS = (
    "precision",
    "eval_precision",
    "auto_mix_prec",
    "bfloat16_mix_prec",
    "data_parallel_backend",
    "remove_vector_weight_decay",
    "max_grad_norm",
    "skip_nonfinite_grads",
    "grad_accumulation_factor",
    "optimizer_step_limit",
    "debug",
    "debug_batches",
    "debug_epochs",
)
DEFAULTS = RunOptions().as_dict()


def changed_options(run_opts):
    """Collect the run options that change training and are not the defaults.

    Arguments
    ---------
    run_opts : speechbrain.utils.run_opts.RunOptions or None
        Of the command line.

    Returns
    -------
    dict of str to str
        By name, as text.

    Example
    -------
    >>> from sb_contrastive.experiment.overriding.overrides import parse_arguments
    >>> words = ["a.yaml", "--precision", "bf16", "--device", "cpu"]
    >>> changed_options(parse_arguments(words)[1])
    {'precision': 'bf16'}
    """
    given = given_options(run_opts)
    return {
        name: str(given[name])
        for name in TRAINING_OPTIONS
        if given.get(name, DEFAULTS.get(name)) != DEFAULTS.get(name)
    }
