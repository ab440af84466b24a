"""SpeechBrain's run options, as far as a user gave them: --precision, --device, --max_grad_norm, ..."""

DEBUG = "_debug"  # at the end of the folder of a debug run


def given_options(run_opts):
    """The options that stood on the command line.

    Arguments
    ---------
    run_opts : speechbrain.utils.run_opts.RunOptions or dict, optional
        As `parse_arguments` returns them; a dict names none as given.

    Returns
    -------
    dict of str to object
        Their values by name.

    Example
    -------
    >>> from sb_contrastive.experiment.overriding.overrides import parse_arguments
    >>> words = ["a.yaml", "--precision", "bf16", "--debug", "--seed", "3"]
    >>> given_options(parse_arguments(words)[1])
    {'debug': True, 'precision': 'bf16'}
    """
    names = getattr(run_opts, "overridden_args", ())
    return {name: run_opts[name] for name in sorted(names)}


def is_debug(run_opts, nodes):
    """Tell whether a run is one of SpeechBrain's debug runs.

    Arguments
    ---------
    run_opts : speechbrain.utils.run_opts.RunOptions or dict, optional
        Of the command line.
    nodes : dict of str to yaml.Node
        The first level of the experiment, which may say so too.

    Returns
    -------
    bool

    Example
    -------
    >>> is_debug({"debug": True}, {}), is_debug(None, {})
    (True, False)
    """
    given = run_opts is not None and run_opts.get("debug", False)
    return bool(given) or getattr(nodes.get("debug"), "value", "") == "True"


def as_words(options):
    """Options as a command line gives them.

    Arguments
    ---------
    options : dict of str to object
        Values by name; True for a switch.

    Returns
    -------
    list of str

    Example
    -------
    >>> as_words({"debug": True, "precision": "bf16"})
    ['--debug', '--precision', 'bf16']
    >>> as_words({"compile_module_keys": ["encoder", "head"]})
    ['--compile_module_keys', 'encoder', 'head']
    """
    words = []
    for name, value in options.items():
        words.append(f"--{name}")
        if isinstance(value, list):
            words += map(str, value)
        elif value is not True:
            words.append(str(value))
    return words
