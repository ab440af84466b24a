"""Names the class of audio files, with the posterior of each class.

It takes the folder `model` of an experiment on classes, or another model with a
classifier and the names of its classes.
"""

from pathlib import Path

from sb_contrastive.command_line.options import (
    add_model_arguments,
    add_sources,
    check_output,
)
from sb_contrastive.evaluation.classification.detection.subject_decisions import (
    subject_decisions,
)
from sb_contrastive.evaluation.classification.prediction_file import (
    prediction_rows,
    write_predictions,
)
from sb_contrastive.inference import load
from sb_contrastive.inference.preparation import prepared
from sb_contrastive.inference.row_embeddings import (
    check_chunks,
    classify_rows,
)
from sb_contrastive.inference.sources import read_inputs


def add_arguments(parser):
    """Add the arguments of this command to its parser."""
    add_model_arguments(parser)
    add_sources(parser)
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="OUT.csv",
        help="file to write, a line for each utterance: ID, wav, spk_id, label "
        "(where the manifest has them), prediction, and p_CLASS for each class",
    )
    parser.add_argument(
        "--chunk_seconds",
        type=float,
        metavar="S",
        help="cut recordings into chunks of this length that overlap by half, "
        "and take the mean of their posteriors: for a model that was trained on "
        "chunks, such as those of hparams/dino_ad.yaml (default: the whole "
        "recording at once)",
    )
    parser.add_argument(
        "--subjects",
        metavar="OUT.csv",
        help="also write one decision for each subject, whom the column subject "
        "or speaker of a manifest names, or the folder of a file: the class "
        "with the highest mean posterior over the recordings, and that which "
        "most of them vote for",
    )


def run(options):
    """Classify the utterances that the options name."""
    output = Path(options.output)
    subjects = options.subjects and Path(options.subjects)
    for path in filter(None, (output, subjects)):
        check_output(path, ".csv", "predictions")
    check_chunks(options.chunk_seconds)
    rows = read_inputs(options.sources, options.data_root)
    if subjects:
        rows = _name_subjects(rows)
    paths = {row["ID"]: row["wav"] for row in rows}
    model = load(options.model, options.device, options.trust)
    model.check_classifier()
    predicted = []
    with prepared(
        model, rows, options.on_bad_audio, options.trim_silence_db
    ) as ready:
        for block, posteriors in classify_rows(
            model, ready, options.chunk_seconds
        ):
            ids = [row["ID"] for row in block]
            predicted += prediction_rows(
                block,
                "",
                list(model.classes),
                ids,
                posteriors,
            )
    if subjects:
        decisions = _decisions(predicted, model.classes)
        write_predictions(subjects, _filled(decisions))
        print(f"{subjects}: {len(decisions)} subjects")
    predicted = [
        {"ID": row["ID"], "wav": paths[row["ID"]], **row} for row in predicted
    ]
    write_predictions(output, _filled(predicted))
    print(
        f"{output}: {len(predicted)} utterances, classes "
        f"{', '.join(model.classes)}"
    )


def _name_subjects(rows):
    """Take the subject of each row as its speaker; refuse rows without one."""
    rows = [
        {**row, "spk_id": row.get("subject") or row.get("spk_id")}
        for row in rows
    ]
    nameless = [row for row in rows if not row["spk_id"]]
    if nameless:
        raise ValueError(
            f"--subjects needs to know who speaks, and {len(nameless)} of "
            f"{len(rows)} utterances, such as {nameless[0]['wav']}, have no "
            f"subject: name it in the column subject of a manifest"
        )
    return rows


def _decisions(predicted, classes):
    """Decide on each subject; its label is that of all its recordings, if they
    share one."""
    labels = {}
    for row in predicted:
        labels.setdefault(row["spk_id"], set()).add(row["label"])
    decisions = subject_decisions(
        [{**row, "label": ""} for row in predicted], classes
    )
    for row in decisions:
        own = labels[row["spk_id"]]
        row["label"] = own.pop() if len(own) == 1 else ""
        row["recordings"] = row.pop("chunks")
        del row["spk_id"]  # it is the ID
    return decisions


def _filled(rows):
    """Leave out the columns that are empty in every row."""
    empty = {
        name
        for name in ("spk_id", "fold", "label")
        if not any(row.get(name) for row in rows)
    }
    return [
        {name: value for name, value in row.items() if name not in empty}
        for row in rows
    ]
