"""Map of the files of trial lists, coloured by speaker."""

from pathlib import Path

from sb_contrastive.data.trials.trial_sets import span
from sb_contrastive.evaluation import plots


def map_drawer(folder, sets, title, note):
    """Make the function that draws the map, for `score_trial_sets`.

    Arguments
    ---------
    folder : str or pathlib.Path or None
        Output folder.
    sets : dict of str to TrialSet
        The lists.
    title : str
        Title of the encoder; may be empty.
    note : str
        Small print below the figure.

    Returns
    -------
    callable or None
        (rows, embeddings) -> None; None where there is no folder, or no
        speaker is known.
    """
    speakers = {}
    for given in sets.values():
        rows = dict(zip(given.trials.audio(), given.rows))
        for name, speaker in zip(given.trials.files, given.speakers or ()):
            if name in rows:  # a model is no file
                speakers[span(rows[name])] = speaker
    if folder is None or not speakers:
        return None

    def draw(rows, embeddings):
        if len(rows) > 1:
            plots.embedding_map(
                embeddings,
                {"speaker": [speakers.get(span(r), "unknown") for r in rows]},
                Path(folder) / "plots" / "embeddings.png",
                f"Files of the trials, embedded by {title or 'the model'}",
                note,
                names=[row["ID"] for row in rows],
            )

    return draw
