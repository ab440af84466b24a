"""Reads the dialogues of IEMOCAP: who speaks which turn, and the emotion that the raters agreed on."""

import re

CODES = "ang hap sad neu exc fru fea sur dis oth xxx".split()  # xxx: no accord
# [6.2901 - 8.2357]<tab>Ses01F_impro01_F000<tab>neu<tab>[2.5000, 2.5000, 2.5000]
CONSENSUS = re.compile(r"\[[^\]]*\]\s+(\S+)\s+(\S+)\s+\[[^\]]*\]\s*$")
# Ses01F is whose motion was captured; the last letter is who speaks
TURN = re.compile(r"(Ses(\d\d))[FM]_.+_([FM])\w{3}$")


def find_root(data_folder):
    """Finds the folder of the sessions: the one given, or one inside it."""
    for root in (data_folder, data_folder / "IEMOCAP_full_release"):
        if listing(root, "Session*/dialog/EmoEvaluation"):
            return root
    raise FileNotFoundError(
        f"there is no Session1/dialog/EmoEvaluation in {data_folder}; data_folder"
        " is IEMOCAP_full_release or the folder above it"
    )


def label_files(data_folder):
    """Lists the files of the emotions that raters agreed on, one per dialogue."""
    root = find_root(data_folder)
    return listing(root, "Session*/dialog/EmoEvaluation/*.txt")


def listing(folder, pattern):
    """Lists matching paths, sorted, without what macOS leaves behind (.DS_Store, ._*)."""
    return sorted(p for p in folder.glob(pattern) if p.name[0] != ".")


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
