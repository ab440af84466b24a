"""Runs an experiment, by its name or by the path of its YAML.

    sb-contrastive train                        lists the experiments
    sb-contrastive train dino_ser --help        every value of one
    sb-contrastive train dino_ser [--key value ...]
    sb-contrastive train my_experiment.yaml [--key value ...]

--quiet leaves tables, warnings and errors; --verbose also shows what libraries
say. A log of it, without a terminal: python train.py ... > log.txt

Run it again to continue where it stopped: finished stages are skipped, and
Ctrl-C or SIGTERM saves a checkpoint first. It goes on when nobody reads its
output any more (| head).
"""

import sys

import speechbrain as sb

from sb_contrastive.experiment import Experiment
from sb_contrastive.experiment.help import help_text
from sb_contrastive.experiment.overriding.overrides import parse_arguments
from sb_contrastive.process.closed_output import ends_quietly, goes_on
from sb_contrastive.process.user_errors import one_sentence_errors
from sb_contrastive.progress import display, volume_of
from sb_contrastive.training.allocator import retain_freed_memory
from sb_contrastive.training.signals import clean_exit


def train(words=None):
    """Run an experiment, or print its help.

    Arguments
    ---------
    words : list of str, optional
        The experiment and the values to override; those of the process when
        absent. Without any, the help is printed.

    Raises
    ------
    SystemExit
        After a user's mistake, with one sentence on the terminal.
    """
    words = sys.argv[1:] if words is None else words
    if not words or {"-h", "--help"} & set(words):
        with ends_quietly(), one_sentence_errors():
            print(help_text(words))
        return
    retain_freed_memory()
    with goes_on(), one_sentence_errors(), clean_exit():
        volume, words = volume_of(words)
        hparams_file, run_opts, overrides = parse_arguments(words)
        sb.utils.distributed.ddp_init_group(run_opts)
        main = sb.utils.distributed.if_main_process()
        with display(volume, not run_opts.get("noprogressbar"), main):
            Experiment(hparams_file, overrides, run_opts).run()
