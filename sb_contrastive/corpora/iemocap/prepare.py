"""Writes the manifest of IEMOCAP (interactive emotional dyadic motion capture database)."""

from collections import Counter
from pathlib import Path

from speechbrain.utils.logger import get_logger

from sb_contrastive.corpora.iemocap.dialogues import (
    CODES,
    find_root,
    label_files,
    read_turns,
)
from sb_contrastive.data.audio.headers import read_headers
from sb_contrastive.data.manifests.manifest import write_manifest
from sb_contrastive.data.manifests.source import SOURCE
from sb_contrastive.suggestions import did_you_mean

logger = get_logger(__name__)

FOUR_CLASSES = {
    "neu": "neu",
    "hap": "hap",
    "exc": "hap",  # as nearly all of the literature does
    "sad": "sad",
    "ang": "ang",
}


def prepare_iemocap(
    data_folder,
    save_csv,
    labels=None,
    expected_utterances=5531,
):
    """Writes the manifest of IEMOCAP.

    Arguments
    ---------
    data_folder : str or Path
        IEMOCAP_full_release or the folder above it; `$data_root` in the CSV
        stands for it.
    save_csv : str or Path
        CSV to write: ID,duration,wav,start,stop,spk_id,label,session, where
        spk_id is like Ses01_F.
    labels : dict of str to str, optional
        Emotion code of the corpus -> class; codes that are not mentioned are
        left out. By default the four classes neu, hap (with exc), sad, ang.
    expected_utterances : int, optional
        How many utterances there must be: 5531 in the four classes of the
        whole corpus. None takes what there is.

    Raises
    ------
    FileNotFoundError
        When the folder is not IEMOCAP, or audio is missing or unreadable.
    ValueError
        When label files are not as expected, or the count is wrong.

    Example
    -------
    >>> prepare_iemocap("IEMOCAP_full_release", "all.csv")  # doctest: +SKIP
    """
    labels = FOUR_CLASSES if labels is None else labels
    for code in labels:
        if code not in CODES:
            raise ValueError(
                f"labels has {code!r}, which is no emotion code of IEMOCAP"
                f" ({', '.join(CODES)}){did_you_mean(code, CODES)}"
            )
    data_folder = Path(data_folder).expanduser()
    root = find_root(data_folder)
    turns = [
        turn
        for file in label_files(data_folder)
        for turn in read_turns(file)
        if turn["code"] in labels
    ]
    if expected_utterances not in (None, len(turns)):
        raise ValueError(
            f"{root} has {len(turns)} utterances of {', '.join(labels)}, not"
            f" {expected_utterances}: part of the corpus is missing, or set"
            " expected_utterances to what it should be (None: whatever there"
            " is)"
        )
    rows = _rows(turns, labels, data_folder)
    write_manifest(rows, save_csv)
    counts = sorted(Counter(row["label"] for row in rows).items())
    logger.info(
        "%s: %d utterances (%s)",
        save_csv,
        len(rows),
        ", ".join(f"{name} {count}" for name, count in counts),
    )


prepare_iemocap.annotations = label_files


def _rows(turns, labels, data_folder):
    headers = read_headers([turn["wav"].as_posix() for turn in turns])
    bad = [
        f"  {turn['wav']}: {header.problem} ({turn['source']})"
        for turn, header in zip(turns, headers)
        if header.problem
    ]
    if bad:
        raise FileNotFoundError(
            f"{len(bad)} of {len(turns)} utterances have no usable audio;"
            " unpack the corpus again:\n" + "\n".join(bad)
        )
    return [
        {
            "ID": turn["name"],
            "duration": header.frames / header.sample_rate,
            "wav": "$data_root/"
            + turn["wav"].relative_to(data_folder).as_posix(),
            "start": 0,
            "stop": header.frames,
            "spk_id": turn["speaker"],
            "label": labels[turn["code"]],
            "session": turn["session"],
            SOURCE: turn["source"],
        }
        for turn, header in zip(turns, headers)
    ]
