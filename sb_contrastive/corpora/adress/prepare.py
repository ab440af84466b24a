"""Writes the manifest of ADReSS (2020) or ADReSSo (2021)."""

from collections import Counter
from pathlib import Path

from speechbrain.utils.logger import get_logger

from sb_contrastive.corpora.adress.faults import (
    on_both_sides,
    report_faults,
    wrong_counts,
)
from sb_contrastive.corpora.adress.layout import find_parts
from sb_contrastive.corpora.adress.part_files import find_transcripts
from sb_contrastive.corpora.adress.rows import describe_part
from sb_contrastive.corpora.adress.subjects import tables_of
from sb_contrastive.data.manifests.manifest import write_manifest
from sb_contrastive.suggestions import did_you_mean

logger = get_logger(__name__)

TURNS = ("participant", "all")


def prepare_adress(
    data_folder,
    save_csv,
    audio="full",
    turns="participant",
    expected_subjects="published",
    on_fault="stop",
):
    """Writes the manifest of ADReSS or ADReSSo.

    Arguments
    ---------
    data_folder : str or Path
        `ADReSS-IS2020-data`, `ADReSSo21`, or a folder above; `$data_root` in
        the CSV stands for it.
    save_csv : str or Path
        CSV to write: ID,duration,wav,start,stop,spk_id,subject,split,label,
        sex,age,mmse. The label is control or dementia, empty in a test
        part whose labels are not there; sex, age and mmse are empty where
        unknown, and are no input of a model.
    audio : str
        "full" for whole recordings, "chunks" for the normalised chunks of
        ADReSS 2020.
    turns : str
        "participant" writes a row for each turn of the participant, where
        transcripts or segmentations are there; "all" one for each file.
    expected_subjects : str, dict or None
        How many subjects each part must have, e.g. {"train": 108};
        "published": those of the corpus; None takes what there is.
    on_fault : str
        "stop" raises with one report of everything wrong; "skip" leaves out
        the subjects concerned and logs the report.

    Raises
    ------
    FileNotFoundError
        When the folder is neither corpus, or lacks the audio asked for.
    ValueError
        When tables, transcripts and audio do not match or are broken.

    Example
    -------
    >>> prepare_adress("ADReSS-IS2020-data", "all.csv")  # doctest: +SKIP
    """
    if turns not in TURNS:
        raise ValueError(
            f"turns is one of {', '.join(TURNS)}, not {turns!r}"
            + did_you_mean(turns, TURNS)
        )
    data_folder = Path(data_folder).expanduser().absolute()
    parts = find_parts(data_folder)
    rows, faults = [], []
    for part in parts:
        described, wrong = describe_part(part, data_folder, audio, turns)
        rows += described
        faults += wrong
    faults += on_both_sides(rows)
    faults += wrong_counts(rows, faults, parts, expected_subjects)
    rows = report_faults(faults, rows, on_fault)
    test = [row for row in rows if row["split"] == "test"]
    unlabelled = {row["subject"] for row in test if row["label"] is None}
    if unlabelled:
        logger.warning(
            "%d subjects of the test part have no label: they can be"
            " predicted, not scored; put the table of labels beside them",
            len(unlabelled),
        )
    write_manifest(rows, save_csv)
    subjects = {r["subject"]: (r["split"], r["label"] or "?") for r in rows}
    logger.info(
        "%s: %d rows of %d subjects (%s), %.1f h",
        save_csv,
        len(rows),
        len(subjects),
        ", ".join(
            f"{split} {label} {count}"
            for (split, label), count in sorted(
                Counter(subjects.values()).items()
            )
        ),
        sum(row["duration"] for row in rows) / 3600,
    )


def annotations(data_folder):
    """Lists the tables and transcripts of the corpus."""
    data_folder = Path(data_folder).expanduser().absolute()
    found = []
    for part in find_parts(data_folder):
        found += [path for path, _ in tables_of(part, data_folder)]
        for paths in (find_transcripts(part) or {}).values():
            found += paths
    return found


prepare_adress.annotations = annotations
