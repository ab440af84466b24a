"""Prediction rows, and the file predictions.csv that keeps those of a fold."""

import csv

import torch

from sb_contrastive.evaluation.embeddings.finite import check_finite
from sb_contrastive.files import write_atomically

COLUMNS = ("ID", "spk_id", "fold", "label", "prediction")


def prediction_rows(rows, fold, classes, ids, posteriors):
    """Joins posteriors with the manifest rows of their utterances.

    Arguments
    ---------
    rows : list of dict
        Manifest rows; the label is empty where a row has none.
    fold : str
        Name of their fold.
    classes : list of str
        The C class names.
    ids : list of str
        Utterances in the order of the posteriors.
    posteriors : torch.Tensor or list
        [N, C].

    Returns
    -------
    list of dict
        `ID`, `spk_id`, `fold`, `label`, `prediction`, the class of the highest
        posterior, and `p_<class>` for each class.

    Raises
    ------
    ValueError
        When a posterior is not finite: it would count as the first class.

    Example
    -------
    >>> rows = [{"ID": "a", "spk_id": "ann", "label": "sad"}]
    >>> prediction_rows(rows, "1", ["joy", "sad"], ["a"], [[0.75, 0.25]])
    [{'ID': 'a', 'spk_id': 'ann', 'fold': '1', 'label': 'sad', 'prediction': 'joy', 'p_joy': 0.75, 'p_sad': 0.25}]
    """
    rows = {row["ID"]: row for row in rows}
    posteriors = torch.as_tensor(posteriors)
    check_finite(posteriors, [rows[i] for i in ids], "output")
    best = posteriors.argmax(dim=-1).tolist()
    return [
        {
            "ID": utterance,
            "spk_id": rows[utterance].get("spk_id", ""),
            "fold": fold,
            "label": rows[utterance].get("label", ""),
            "prediction": classes[winner],
            **{f"p_{name}": p for name, p in zip(classes, posterior)},
        }
        for utterance, winner, posterior in zip(ids, best, posteriors.tolist())
    ]


def write_predictions(path, rows):
    """Writes prediction rows, completely or not at all.

    Arguments
    ---------
    path : str or pathlib.Path
        CSV to write; missing folders are made.
    rows : list of dict
        Prediction rows, at least one. Posteriors keep five decimals.
    """
    write_atomically(path, lambda part: _write(part, rows))


def read_predictions(path):
    """Reads a file of `write_predictions`.

    Arguments
    ---------
    path : str or pathlib.Path
        predictions.csv.

    Returns
    -------
    list of dict
        Prediction rows, with all values as text.
    """
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _write(path, rows):
    """Write prediction rows to a CSV."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        for row in rows:
            writer.writerow(
                {
                    k: v
                    if k in COLUMNS or isinstance(v, (str, int))
                    else f"{v:.5f}"
                    for k, v in row.items()
                }
            )
