"""Judges one trained encoder by trial lists: the last step of a verification recipe."""

from sb_contrastive.corpora.voxceleb.layout import as_list
from sb_contrastive.evaluation.verification.outputs import write_verification
from sb_contrastive.evaluation.verification.trial_sets import (
    cohort,
    read_trial_set,
    score_trial_sets,
)
from sb_contrastive.synthetic.wave_files import is_synthetic

COHORT = 3000  # training utterances for a mean or AS-norm


def verify_encoder(
    encoder,
    lists,
    rows,
    training,
    systems,
    folder,
    experiment,
    seed,
    corpus,
    speed,
    device="cpu",
    progressbar=True,
):
    """Scores trial lists with an encoder, prints the table, and leaves
    `results.json`, DET curves and score histograms.

    Call it on the main process only.

    Arguments
    ---------
    encoder : UtteranceEncoder
        The encoder after training.
    lists : dict of str to (str or Path)
        Trial lists by name.
    rows : list of dict
        Manifest rows of the files they name, and maybe others.
    training : list of dict
        Manifest rows of the training part, without any speaker of the lists;
        some of them are the cohort of mean subtraction and AS-norm.
    systems : dict of str to dict
        Ways to score, see `score_trial_sets`.
    folder : str or Path
        Output folder.
    experiment : str
        Its name.
    seed : int
        That of the experiment.
    corpus : str, Path or list of them
        Data folder.
    speed : dict
        What `TrainingBrain.speed` returns. One of a run that found its
        training done already tells nothing, and is left out.
    device : str or torch.device
        Where the encoder is.
    progressbar : bool
        Whether to show one.

    Returns
    -------
    dict
        What results.json holds.
    """
    sets = {name: read_trial_set(path, rows) for name, path in lists.items()}
    scores = score_trial_sets(
        encoder,
        sets,
        systems,
        cohort(training, COHORT, seed),
        device=device,
        progressbar=progressbar,
    )
    folders = [str(place) for place in as_list(corpus)]
    protocol = {
        "corpus": ", ".join(folders),
        "training_utterances": len(training),
        "selection": "none: the last epoch's encoder",
        "scoring": systems,
        "synthetic": any(is_synthetic(place) for place in folders),
    }
    return write_verification(
        folder,
        sets,
        scores,
        experiment=experiment,
        seed=seed,
        protocol=protocol,
        speed=speed if speed["train_seconds"] else {},
    )
