#!/usr/bin/env python3
"""Prepares IEMOCAP (interactive emotional dyadic motion capture database).

Writes one CSV of all utterances whose raters agreed on one of the wanted
emotions. Folds are left to training: the column `session` (1-5) names them.

The corpus is free for research, on request from the University of Southern
California: https://sail.usc.edu/iemocap/

Reference: C. Busso et al., "IEMOCAP: interactive emotional dyadic motion
capture database", Language Resources and Evaluation 42, 2008.

Authors
 * The sb_contrastive developers 2026
"""

import re
from collections import Counter
from pathlib import Path

from speechbrain.utils.logger import get_logger

from sb_contrastive.data.audio.headers import read_headers
from sb_contrastive.data.manifests.manifest import write_manifest
from sb_contrastive.suggestions import did_you_mean

logger = get_logger(__name__)

CODES = "ang hap sad neu exc fru fea sur dis oth xxx".split()  # xxx: no accord
FOUR_CLASSES = {
    "neu": "neu",
    "hap": "hap",
    "exc": "hap",  # as nearly all of the literature does
    "sad": "sad",
    "ang": "ang",
}

# [6.2901 - 8.2357]<tab>Ses01F_impro01_F000<tab>neu<tab>[2.5000, 2.5000, 2.5000]
CONSENSUS = re.compile(r"\[[^\]]*\]\s+(\S+)\s+(\S+)\s+\[[^\]]*\]\s*$")
# Ses01F is whose motion was captured; the last letter is who speaks
TURN = re.compile(r"(Ses(\d\d))[FM]_.+_([FM])\w{3}$")


def prepare_iemocap(
    data_folder,
    save_csv,
    labels=None,
    expected_utterances=5531,
    skip_prep=False,
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
    skip_prep : bool
        If True, nothing is done.

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
    if skip_prep:
        return
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
        for file in _listing(root, "Session*/dialog/EmoEvaluation/*.txt")
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


def find_root(data_folder):
    """Finds the folder that holds the sessions.

    Arguments
    ---------
    data_folder : Path
        IEMOCAP_full_release or the folder above it.

    Returns
    -------
    Path

    Raises
    ------
    FileNotFoundError
        When there are no sessions in either.
    """
    for root in (data_folder, data_folder / "IEMOCAP_full_release"):
        if _listing(root, "Session*/dialog/EmoEvaluation"):
            return root
    raise FileNotFoundError(
        f"there is no Session1/dialog/EmoEvaluation in {data_folder}; data_folder"
        " is IEMOCAP_full_release or the folder above it"
    )


def read_turns(file):
    """Reads the emotion that the raters of one dialogue agreed on.

    Arguments
    ---------
    file : Path
        Text file directly in EmoEvaluation; those in folders below it hold
        single raters.

    Returns
    -------
    list of dict
        name, code, speaker, session, source (file and line) and wav (Path)
        of each turn.

    Raises
    ------
    ValueError
        When a line is not as expected; the message names it.

    Example
    -------
    >>> file = getfixture("tmp_path") / "Ses01F_impro01.txt"
    >>> line = "[6.2 - 8.2]\\tSes01F_impro01_M000\\tneu\\t[2.5, 2.5, 2.5]"
    >>> _ = file.write_text(line)
    >>> read_turns(file)[0]["speaker"]
    'Ses01_M'
    """
    session_folder = file.parents[2]
    turns = []
    # Comments of raters are in no stated encoding; latin-1 accepts any
    lines = file.read_text(encoding="latin-1").splitlines()
    for number, line in enumerate(lines, 1):
        if not line.startswith("["):  # header, or a single rater
            continue
        source = f"{file.as_posix()}:{number}"
        consensus = CONSENSUS.match(line)
        if not consensus:
            raise ValueError(
                f"{source} is not '[start - end] turn emotion [V, A, D]':"
                f" {line.strip()!r}"
            )
        name, code = consensus.groups()
        turn = TURN.match(name)
        if not turn:
            raise ValueError(
                f"{source} has the turn {name!r}, which is not named like"
                " Ses01F_impro01_F000"
            )
        if code not in CODES:
            raise ValueError(
                f"{source} has the emotion {code!r}, which is not one of"
                f" {', '.join(CODES)}"
            )
        prefix, session, letter = turn.groups()
        # Dialogue names vary in length (script01_1b): cut from the right
        wav = session_folder / "sentences" / "wav" / name[:-5] / f"{name}.wav"
        turns.append(
            {
                "name": name,
                "code": code,
                "speaker": f"{prefix}_{letter}",
                "session": str(int(session)),
                "source": source,
                "wav": wav,
            }
        )
    return turns


def _listing(folder, pattern):
    """Sorted, without what macOS leaves behind (.DS_Store, ._*)."""
    return sorted(p for p in folder.glob(pattern) if p.name[0] != ".")


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
            "source": turn["source"],
        }
        for turn, header in zip(turns, headers)
    ]
