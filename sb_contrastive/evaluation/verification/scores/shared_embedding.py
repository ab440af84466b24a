"""Embeddings of trial lists and cohorts that all processes make together, before one of them scores."""

from functools import partial

import numpy as np

from sb_contrastive.data.trials.trial_sets import span
from sb_contrastive.evaluation.embeddings.over_ranks import over_ranks
from sb_contrastive.evaluation.verification.scores.trial_scores import (
    wanted_audio,
)
from sb_contrastive.evaluation.verification.segments import (
    embed_segments,
    segment_passes,
)


class SharedEmbedding:
    """Embeds whatever `score_trial_sets` will ask for; each process takes a
    share, and all have everything at the end.

    Arguments
    ---------
    encoder : UtteranceEncoder
        The same on all processes.
    sets : dict of str to TrialSet
        The lists by name.
    scorings : dict of str to dict
        See `score_trial_sets`.
    cohort : list of dict
        Manifest rows of training utterances.
    device : str or torch.device
        Device of the encoder.
    progressbar : bool
        Whether to show a progress bar.
    """

    def __init__(
        self,
        encoder,
        sets,
        scorings,
        cohort=(),
        device="cpu",
        progressbar=False,
    ):
        self.found = {}
        for segments, rows in wanted_audio(sets, scorings, cohort):
            embed = partial(
                embed_segments,
                encoder,
                segments=segments,
                device=device,
                progressbar=progressbar,
            )
            z = over_ranks(embed, rows, segment_passes(encoder, rows, segments))
            self.found.update(
                {(segments, span(row)): vector for row, vector in zip(rows, z)}
            )

    def of(self, rows, segments):
        """Return the embeddings of rows, float32 [N, D] or [N, n, D]."""
        return np.stack([self.found[segments, span(row)] for row in rows])


def look_up_shared(
    shared, rows, segments="full", device="cpu", progressbar=False
):
    """Find embeddings in the place of making them, for `score_trial_sets`.

    Arguments
    ---------
    shared : SharedEmbedding
        What all processes have embedded.
    rows : list of dict
        Rows of its lists, or of its cohort.
    segments : str
        Name of the policy.
    device, progressbar
        As for `embed_segments`; nothing depends on them.

    Returns
    -------
    numpy.ndarray
        float32 [N, D] or [N, n, D].
    """
    return shared.of(rows, segments)
