"""Scores trial lists with an encoder: each file is embedded once, however many lists name it and however it is scored."""

from typing import NamedTuple

import numpy as np

from sb_contrastive.data.trials.trial_audio import trial_rows, trial_speakers
from sb_contrastive.data.trials.trial_list import read_trials
from sb_contrastive.evaluation.verification.scoring import (
    as_norm,
    cosine_scores,
    subtract_mean,
)
from sb_contrastive.evaluation.verification.segments import embed_segments
from sb_contrastive.suggestions import did_you_mean

OPTIONS = {"segments": "full", "mean": False, "norm_top": None}


class TrialSet(NamedTuple):
    """A trial list, the manifest rows behind its files, in their order, and
    the speakers of the files, None where unknown."""

    trials: object
    rows: list
    speakers: list


def read_trial_set(path, rows):
    """Reads a trial list and finds its files in a manifest.

    Arguments
    ---------
    path : str or Path
        The list, see `read_trials`.
    rows : list of dict
        Manifest rows of its files and maybe more, see `trial_rows`.

    Returns
    -------
    TrialSet
    """
    trials = read_trials(path)
    found = trial_rows(trials, rows)
    return TrialSet(trials, found, trial_speakers(trials, found))


def cohort(rows, most, seed):
    """A random part of the training utterances, for a mean or AS-norm.

    Arguments
    ---------
    rows : list of dict
        Manifest rows.
    most : int
        How many at most.
    seed : int
        Seed of the choice.

    Returns
    -------
    list of dict
    """
    if len(rows) <= most:
        return rows
    chosen = np.random.default_rng(seed).choice(len(rows), most, replace=False)
    return [rows[i] for i in sorted(chosen)]


def score_trial_sets(
    encoder, sets, systems, others=(), device="cpu", progressbar=False
):
    """Scores every trial list in one or more ways.

    Arguments
    ---------
    encoder : UtteranceEncoder
        Put into evaluation mode for the call.
    sets : dict of str to TrialSet
        The lists by name.
    systems : dict of str to dict
        Title -> how to score: `segments`, which parts of a file are embedded
        (`full`, `6x2s_mean`, ...); `mean`, whether the mean embedding of
        `others` is subtracted; `norm_top`, AS-norm with this many of `others`,
        with all where there are fewer.
    others : list of dict
        Manifest rows of training utterances, from `cohort`.
    device : str or torch.device
        Where the encoder is.
    progressbar : bool
        Whether to show one.

    Returns
    -------
    dict of str to dict
        {title: {list: scores}}, float32 [T] each.

    Raises
    ------
    ValueError
        When there is no such option.

    Example
    -------
    >>> score_trial_sets(None, {}, {"cosine": {"segment": "full"}})
    Traceback (most recent call last):
    ValueError: cosine has the option 'segment', not one of segments, mean, norm_top; did you mean 'segments'?
    """
    for title, options in systems.items():
        for key in options:
            if key not in OPTIONS:
                raise ValueError(
                    f"{title} has the option {key!r}, not one of "
                    f"{', '.join(OPTIONS)}{did_you_mean(key, OPTIONS)}"
                )
    rows = {r["ID"]: r for given in sets.values() for r in given.rows}
    place = {utterance: number for number, utterance in enumerate(rows)}
    embedded = {}

    def embeddings(part, segments):
        if (part, segments) not in embedded:
            embedded[part, segments] = embed_segments(
                encoder,
                list(rows.values()) if part == "trials" else others,
                segments,
                device=device,
                progressbar=progressbar,
            )
        return embedded[part, segments]

    scores = {}
    for title, options in systems.items():
        options = {**OPTIONS, **options}
        every, reference = embeddings("trials", options["segments"]), None
        if options["mean"] or options["norm_top"]:
            reference = embeddings("others", options["segments"])
        if options["mean"]:
            every, reference = (
                subtract_mean(z, reference) for z in (every, reference)
            )
        scores[title] = {}
        for name, given in sets.items():
            z = every[[place[row["ID"]] for row in given.rows]]
            found = cosine_scores(z, given.trials)
            if options["norm_top"]:
                top = min(options["norm_top"], len(reference))
                found = as_norm(found, z, given.trials, reference, top)
            scores[title][name] = found
    return scores
