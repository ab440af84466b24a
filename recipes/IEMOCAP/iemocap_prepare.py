#!/usr/bin/env python3
"""Prepares IEMOCAP (interactive emotional dyadic motion capture database).

Writes one CSV of all utterances whose raters agreed on one of the wanted
emotions. Folds are left to training: the column `session` (1-5) names them.

The corpus is free for research, on request from the University of Southern
California: https://sail.usc.edu/iemocap/

Reference: C. Busso et al., "IEMOCAP: interactive emotional dyadic motion
capture database", Language Resources and Evaluation 42, 2008.

Authors
 * The sb_contrastive developers 2026
"""

from sb_contrastive import corpora


def prepare_iemocap(data_folder, save_csv, skip_prep=False, **options):
    """Writes the manifest of IEMOCAP.

    Arguments
    ---------
    data_folder : str or Path
        Root of the corpus; `$data_root` in the CSV stands for it.
    save_csv : str or Path
        CSV to write: ID,duration,wav,start,stop,spk_id,label,session.
    skip_prep : bool
        If True, nothing is done.
    **options
        `labels` and `expected_utterances`, as `sb_contrastive.corpora`
        explains them.

    Example
    -------
    >>> prepare_iemocap("/path/to/corpus", "all.csv")  # doctest: +SKIP
    """
    if not skip_prep:
        corpora.prepare_iemocap(data_folder, save_csv, **options)
