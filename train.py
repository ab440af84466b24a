#!/usr/bin/env python3
"""Runs the experiment that a YAML describes.

    python train.py hparams/dino_ser.yaml [--key value ...]
    python train.py hparams/dino_ser.yaml --help

--quiet leaves tables, warnings and errors; --verbose also shows what libraries
say. A log of it, without a terminal: python train.py ... > log.txt

Run it again to continue where it stopped: finished stages are skipped, and
Ctrl-C or SIGTERM saves a checkpoint first.
"""

import sys

import speechbrain as sb

from sb_contrastive.experiment import Experiment
from sb_contrastive.experiment.help import help_text
from sb_contrastive.experiment.overriding.overrides import parse_arguments
from sb_contrastive.progress import display, volume_of
from sb_contrastive.training.allocator import retain_freed_memory
from sb_contrastive.training.signals import clean_exit
from sb_contrastive.user_errors import one_sentence_errors

if __name__ == "__main__":
    if {"-h", "--help"} & set(sys.argv[1:]):
        with one_sentence_errors():
            print(help_text(sys.argv[1:]))
        sys.exit()
    retain_freed_memory()
    with one_sentence_errors(), clean_exit():
        volume, words = volume_of(sys.argv[1:])
        hparams_file, run_opts, overrides = parse_arguments(words)
        sb.utils.distributed.ddp_init_group(run_opts)
        main = sb.utils.distributed.if_main_process()
        with display(volume, not run_opts.get("noprogressbar"), main):
            Experiment(hparams_file, overrides, run_opts).run()
