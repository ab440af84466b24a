"""Verification of trained encoders: trial lists are scored, and the results are written."""

from sb_contrastive.evaluation.corpus_note import corpus_entries, protocol_note
from sb_contrastive.evaluation.verification.calibration import Calibration
from sb_contrastive.evaluation.verification.outputs import write_verification
from sb_contrastive.evaluation.verification.over_seeds.kept_scores import (
    read_scores,
    score_file,
    write_scores,
    write_sides,
)
from sb_contrastive.evaluation.verification.scores.trial_scores import (
    OPTIONS,
    choose_cohort,
    score_trial_sets,
)
from sb_contrastive.evaluation.verification.shown.trial_map import map_drawer

COSINE = "cosine"  # the scoring that a title does not mention


def verify_encoders(
    encoders,
    sets,
    scorings,
    experiment,
    seed,
    corpus,
    protocol,
    training=(),
    folder=None,
    scores_folder=None,
    speed=None,
    more=None,
    device="cpu",
    progressbar=True,
    calibrations=None,
    embed=None,
):
    """Scores trial lists with one or more encoders, prints the table of EER and
    minDCF, and writes `results.json`, DET curves and score histograms.

    An encoder embeds each file once for all lists, trials and scorings. Call
    this function on the main process only.

    Arguments
    ---------
    encoders : dict of str to function
        Title -> function without arguments that returns an `UtteranceEncoder`.
        The title of a single encoder may be empty.
    sets : dict of str to TrialSet
        Trial lists by name, from `find_trial_sets`.
    scorings : dict of str to dict
        Ways to score by name, see `score_trial_sets`. A name other than
        "cosine" is added to the title of the encoder, as in "SimCLR, AS-norm".
    experiment : str
        Name of the experiment.
    seed : int
        Seed of the experiment, of its intervals and of the choice of a cohort.
    corpus : str, Path or list of them
        Name or folder of the corpus.
    protocol : dict
        More facts about how the numbers came about, for results.json.
    training : list of dict
        Manifest rows of training utterances, without any speaker of the lists;
        some of them are the cohort of mean subtraction and AS-norm.
    folder : str or Path, optional
        Output folder. Without it, only the table is printed.
    scores_folder : Path, optional
        Folder that keeps the scores. An encoder whose scores are there is not
        built again.
    speed : dict, optional
        The figures of `TrainingBrain.speed`. A run that found its training
        finished has no training time, and its figures are left out.
    more : dict, optional
        More entries of results.json.
    device : str or torch.device
        Device of the encoders.
    progressbar : bool
        Whether to show a progress bar.
    calibrations : dict, optional
        {title of a system: the `Calibration` of its scores}; scores of a scoring
        with `llr` are log-likelihood ratios already.
    embed : callable, optional
        See `score_trial_sets`.

    Returns
    -------
    dict
        The content of results.json.
    """
    protocol = {
        **corpus_entries(corpus),
        "scoring": {name: {**OPTIONS, **o} for name, o in scorings.items()},
        **protocol,
    }
    note = protocol_note(protocol)
    scores, first = {}, next(iter(encoders), None)
    calibrations = dict(calibrations or {})
    for encoder_title, build in encoders.items():
        titled = titled_scorings(encoder_title, scorings)
        for title, options in titled.items():
            if options.get("llr"):
                calibrations[title] = Calibration(scale=1.0, offset=0.0)
        kept = kept_scores(scores_folder, titled, sets)
        if kept is None:
            kept = score_trial_sets(
                build(),
                sets,
                titled,
                choose_cohort(training, seed),
                device=device,
                progressbar=progressbar,
                see=map_drawer(folder, sets, encoder_title, note)
                if encoder_title == first
                else None,
                embed=embed,
            )
            if scores_folder is not None:
                write_scores(scores_folder, kept)
        scores.update(kept)
    if scores_folder is not None:
        write_sides(scores_folder, sets)
    speed = speed if speed and speed["train_seconds"] else {}
    return write_verification(
        folder,
        sets,
        scores,
        experiment=experiment,
        seed=seed,
        protocol=protocol,
        speed=speed,
        more=more,
        calibrations=calibrations,
    )


def scored_title(encoder, scoring):
    """Join the title of an encoder and the name of a scoring.

    Example
    -------
    >>> scored_title("SimCLR", "cosine"), scored_title("SimCLR", "AS-norm")
    ('SimCLR', 'SimCLR, AS-norm')
    """
    if encoder and scoring == COSINE:
        return encoder
    return f"{encoder}, {scoring}" if encoder else scoring


def titled_scorings(encoder, scorings):
    """Return {title of the encoder so scored: how}.

    Example
    -------
    >>> titled_scorings("SimCLR", {"AS-norm": {"norm_top": 300}})
    {'SimCLR, AS-norm': {'norm_top': 300}}
    """
    return {scored_title(encoder, s): o for s, o in scorings.items()}


def kept_scores(folder, titles, sets):
    """Read the scores of an encoder that an earlier call has kept.

    Arguments
    ---------
    folder : pathlib.Path or None
        Folder that keeps the scores.
    titles : iterable of str
        See `titled_scorings`.
    sets : dict of str to TrialSet
        The lists.

    Returns
    -------
    dict of str to dict or None
        {title: {trial list: scores}}; None where one is missing.
    """
    if folder is None:
        return None
    found = {}
    for title in titles:
        path = score_file(folder, title)
        if not path.is_file():
            return None
        found[title] = read_scores(path)
        if found[title].keys() != sets.keys():
            return None
    return found
