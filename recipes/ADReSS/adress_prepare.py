#!/usr/bin/env python3
"""Prepares ADReSS (2020) or ADReSSo (2021): Alzheimer's dementia from
spontaneous speech, descriptions of the Cookie Theft picture.

Writes one CSV of the participants' turns, whole recordings or chunks. The
column `split` tells the official test part from the training part, `subject`
whom a row is of: no subject may be on both sides of a split.

How to get the corpora: members of DementiaBank apply at
https://dementia.talkbank.org/ADReSS-2020/ and
https://dementia.talkbank.org/ADReSSo-2021/; they may not be passed on.

Reference: S. Luz, F. Haider, S. de la Fuente, D. Fromm, B. MacWhinney,
"Alzheimer's dementia recognition through spontaneous speech: the ADReSS
challenge", Interspeech 2020.

Authors
 * The sb_contrastive developers 2026
"""

from sb_contrastive import corpora


def prepare_adress(data_folder, save_csv, skip_prep=False, **options):
    """Writes the manifest of ADReSS or ADReSSo.

    Arguments
    ---------
    data_folder : str or Path
        Root of the corpus; `$data_root` in the CSV stands for it.
    save_csv : str or Path
        CSV to write: ID,duration,wav,start,stop,spk_id,subject,split,label,
        sex,age,mmse.
    skip_prep : bool
        If True, nothing is done.
    **options
        `audio`, `turns`, `expected_subjects` and `on_fault`, as
        `sb_contrastive.corpora` explains them.

    Example
    -------
    >>> prepare_adress("/path/to/corpus", "all.csv")  # doctest: +SKIP
    """
    if not skip_prep:
        corpora.prepare_adress(data_folder, save_csv, **options)
