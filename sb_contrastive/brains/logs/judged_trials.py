"""Error rates of trial lists after each epoch, for studies of what could have been chosen."""

from sb_contrastive.evaluation.verification.error_rates import eer
from sb_contrastive.evaluation.verification.scores.trial_scores import (
    score_trial_sets,
)

COSINE = {"cosine": {}}  # of whole files


class JudgedTrials:
    """Scores trial lists by the encoder that is kept. It uses labels, so nothing
    may be chosen by what it finds.

    Arguments
    ---------
    sets : dict of str to TrialSet
        By the names of the lists.
    """

    def __init__(self, sets):
        self.sets = sets

    def __call__(self, brain):
        """Score after an epoch, on each process alike.

        Arguments
        ---------
        brain : TrainingBrain
            Has the encoder.

        Returns
        -------
        dict of str to float
            `EER_` and the name of a list: its equal error rate, a fraction.
        """
        encoder = brain.pretrained_encoder()
        scores = score_trial_sets(
            encoder, self.sets, COSINE, device=brain.device
        )["cosine"]
        found = {}
        for name, given in self.sets.items():
            labels = given.trials.labels
            sides = scores[name][labels], scores[name][~labels]
            found[f"EER_{name}"] = eer(*sides)[0]
        return found
