"""predictions.csv: what a classifier says of each utterance of a fold."""

import csv

import torch


def prediction_file(rows, fold, classes, ids, posteriors):
    """What writes predictions.csv.

    Arguments
    ---------
    rows : list of dict
        Manifest rows; a row without a label leaves that cell empty.
    fold : str
        Name of their fold.
    classes : list of str
        Class names.
    ids : list of str
        Utterances in the order of the posteriors.
    posteriors : torch.Tensor or list
        [N, C].

    Returns
    -------
    callable
        Takes the path to write.
    """
    rows = {row["ID"]: row for row in rows}
    posteriors = torch.as_tensor(posteriors)
    best = [classes[i] for i in posteriors.argmax(dim=-1).tolist()]

    def write(path):
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            names = [f"p_{name}" for name in classes]
            writer.writerow(
                ["ID", "spk_id", "fold", "label", "prediction", *names]
            )
            for utterance, prediction, posterior in zip(
                ids, best, posteriors.tolist()
            ):
                row = rows[utterance]
                writer.writerow(
                    [
                        utterance,
                        row.get("spk_id", ""),
                        fold,
                        row.get("label", ""),
                        prediction,
                        *(f"{p:.5f}" for p in posterior),
                    ]
                )

    return write


def read_predictions(path):
    """Reads what `prediction_file` has written.

    Arguments
    ---------
    path : str or pathlib.Path
        predictions.csv.

    Returns
    -------
    list of dict
        Prediction rows, all values as text.
    """
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
