"""Scores of trial sets by an encoder: each file is embedded once, however many lists name it and however it is scored."""

from sb_contrastive.data.trials.models import mean_of_models
from sb_contrastive.data.trials.trial_sets import span
from sb_contrastive.evaluation.random_subset import random_subset
from sb_contrastive.evaluation.verification.scores.llrs import (
    llrs_without_labels,
)
from sb_contrastive.evaluation.verification.scores.normalisation import (
    as_norm,
    standardise,
    subtract_mean,
)
from sb_contrastive.evaluation.verification.scores.scoring import cosine_scores
from sb_contrastive.evaluation.verification.segments import embed_segments
from sb_contrastive.suggestions import did_you_mean

OPTIONS = {
    "segments": "full",
    "mean": False,
    "standardise": False,
    "norm_top": None,
    "llr": False,
}
RELATIVE = {"mean": subtract_mean, "standardise": standardise}
COHORT = 3000  # training utterances for a mean or AS-norm


def choose_cohort(rows, seed, most=COHORT):
    """Chooses training utterances for a mean or AS-norm, at random.

    Arguments
    ---------
    rows : list of dict
        Manifest rows of training utterances.
    seed : int
        Seed of the choice.
    most : int
        How many at most.

    Returns
    -------
    list of dict
        In the order of the rows; all rows where there are no more than `most`.
    """
    return [rows[i] for i in random_subset(len(rows), most, seed)]


def score_trial_sets(
    encoder,
    sets,
    scorings,
    cohort=(),
    device="cpu",
    progressbar=False,
    see=None,
    embed=None,
):
    """Scores every trial list in one or more ways.

    Arguments
    ---------
    encoder : UtteranceEncoder
        Put into evaluation mode for the call.
    sets : dict of str to TrialSet
        The lists by name, from `find_trial_sets`.
    scorings : dict of str to dict
        Title -> how to score: `segments`, which parts of a file are embedded
        (`full`, `6x2s_mean`, ...); `mean`, whether the mean embedding of the
        cohort is subtracted; `standardise`, whether its deviation divides, too;
        `norm_top`, AS-norm with this many utterances of
        the cohort, or with all where there are fewer; `llr`, whether scores are
        log-likelihood ratios of cosines, see `llrs_without_labels`.
    cohort : list of dict
        Manifest rows of training utterances, from `choose_cohort`.
    device : str or torch.device
        Device of the encoder.
    progressbar : bool
        Whether to show a progress bar.
    see : callable, optional
        Is given the manifest rows and the embeddings [N, D] of the files of all
        lists, each file once, as the first scoring embeds them.
    embed : callable, optional
        In the place of `embed_segments`, with its arguments; `look_up` where
        `encoder` is `StoredEmbeddings`.

    Returns
    -------
    dict of str to dict
        {title: {list: scores}}, float32 [T] each.

    Raises
    ------
    ValueError
        When an option is unknown.

    Example
    -------
    >>> score_trial_sets(None, {}, {"cosine": {"segment": "full"}})
    Traceback (most recent call last):
    ValueError: cosine has the option 'segment', not one of segments, mean, standardise, norm_top, llr; did you mean 'segments'?
    """
    scorings = {
        title: complete_options(title, o) for title, o in scorings.items()
    }
    audio = {"trials": files_of(sets), "cohort": cohort}
    place = {span(row): number for number, row in enumerate(audio["trials"])}
    embedded, embed = {}, embed or embed_segments

    def embeddings(part, segments):
        if (part, segments) not in embedded:
            embedded[part, segments] = embed(
                encoder,
                audio[part],
                segments,
                device=device,
                progressbar=progressbar,
            )
        return embedded[part, segments]

    scores = {}
    for title, options in scorings.items():
        every, reference = embeddings("trials", options["segments"]), None
        if see is not None and not scores:
            see(audio["trials"], every)
        relative = [f for name, f in RELATIVE.items() if options[name]]
        if _needs_cohort(options):
            reference = embeddings("cohort", options["segments"])
        for centred in relative:
            every, reference = (
                centred(z, reference) for z in (every, reference)
            )
        scores[title] = {}
        for name, given in sets.items():
            files = every[[place[span(row)] for row in given.rows]]
            z = mean_of_models(files, given.trials)
            found = cosine_scores(z, given.trials)
            if options["llr"]:
                found = llrs_without_labels(found, files, given.rows)
            if options["norm_top"]:
                top = min(options["norm_top"], len(reference))
                found = as_norm(found, z, given.trials, reference, top)
            scores[title][name] = found
    return scores


def files_of(sets):
    """List the files of all trial lists, each once.

    Arguments
    ---------
    sets : dict of str to TrialSet
        The lists.

    Returns
    -------
    list of dict
        Manifest rows.
    """
    rows = {span(r): r for given in sets.values() for r in given.rows}
    return list(rows.values())


def wanted_audio(sets, scorings, cohort=()):
    """List what `score_trial_sets` asks an encoder to embed.

    Arguments
    ---------
    sets, scorings, cohort
        See `score_trial_sets`.

    Returns
    -------
    list of (str, list of dict)
        Segment policies, and the manifest rows to be embedded by each.

    Example
    -------
    >>> wanted_audio({}, {"AS-norm": {"norm_top": 2}}, [{"wav": "a.wav"}])
    [('full', []), ('full', [{'wav': 'a.wav'}])]
    """
    wanted, trials = {}, files_of(sets)
    for title, options in scorings.items():
        options = complete_options(title, options)
        wanted["trials", options["segments"]] = trials
        if _needs_cohort(options):
            wanted["cohort", options["segments"]] = cohort
    return [(segments, rows) for (_, segments), rows in wanted.items()]


def _needs_cohort(options):
    return bool(options["norm_top"]) or any(options[n] for n in RELATIVE)


def look_up(stored, rows, segments="full", device="cpu", progressbar=False):
    """Find embeddings in the place of making them, for `score_trial_sets`.

    Arguments
    ---------
    stored : StoredEmbeddings
        What was read from files.
    rows : list of dict
        Its rows, or some of them.
    segments, device, progressbar
        As for `embed_segments`; nothing depends on them.

    Returns
    -------
    numpy.ndarray
        float32 [N, D] or [N, n, D].
    """
    return stored.of(rows)


def complete_options(title, options):
    """Return all options of a scoring, with the defaults for absent ones."""
    if not isinstance(options, dict):
        raise ValueError(
            f"{title} has no options such as {{mean: True}}, but {options!r}"
        )
    for key in options:
        if key not in OPTIONS:
            raise ValueError(
                f"{title} has the option {key!r}, not one of "
                f"{', '.join(OPTIONS)}{did_you_mean(key, OPTIONS)}"
            )
    options = {**OPTIONS, **options}
    if options["llr"] and options["norm_top"]:
        raise ValueError(
            f"{title} cannot have log-likelihood ratios, `llr`, of what AS-norm "
            f"gives: they are those of cosines, so leave `norm_top` out"
        )
    return options
