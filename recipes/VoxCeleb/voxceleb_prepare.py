#!/usr/bin/env python3
"""Prepares VoxCeleb1, VoxCeleb2 or both for training speaker embeddings.

Writes one CSV of the utterances of all development speakers, without those of
the trial lists; on request also CSVs of held-out speakers and of the trials'
utterances.

How to get the corpus: https://www.robots.ox.ac.uk/~vgg/data/voxceleb/

Reference: A. Nagrani, J. S. Chung, W. Xie, A. Zisserman, "VoxCeleb: large-scale
speaker verification in the wild", Computer Speech & Language 60, 2020.

Authors
 * The sb_contrastive developers 2026
"""

from sb_contrastive import corpora


def prepare_voxceleb(data_folder, save_csv, skip_prep=False, **options):
    """Writes the manifest of VoxCeleb, or does nothing where one of the same
    settings is there already.

    Arguments
    ---------
    data_folder : str or Path or list of them
        Root of the corpus; `$data_root` in the CSV stands for it.
    save_csv : str or Path
        CSV to write: ID,duration,wav,start,stop,spk_id,session.
    skip_prep : bool
        If True, nothing is done.
    **options
        `valid_csv`, `test_csv`, `trials`, `validation_speakers` and others, as
        `sb_contrastive.corpora` explains them.

    Example
    -------
    >>> prepare_voxceleb("/path/to/corpus", "all.csv")  # doctest: +SKIP
    """
    if not skip_prep:
        corpora.prepare_voxceleb(data_folder, save_csv, **options)
