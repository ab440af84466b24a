"""Writes a calibration into the folder of a model that is there already."""

import re
from pathlib import Path

from sb_contrastive.export.cards.use import DECISION, NO_THRESHOLD
from sb_contrastive.export.loading.load_model import FILE
from sb_contrastive.export.loading.tags import compose
from sb_contrastive.files import write_atomically


def write_calibration(folder, calibration, prior, source):
    """Write `threshold`, `llr_scale` and `llr_offset` into hyperparams.yaml, and
    the threshold into the README.md that an export has left beside it.

    Every other line stays as it is. The new file takes the place of the old one
    in one step, and only when it reads back as the same description with these
    three values.

    Arguments
    ---------
    folder : str or pathlib.Path
        A model folder.
    calibration : Calibration
        What makes log-likelihood ratios of cosines.
    prior : float
        The share of comparisons that are of one speaker, for the threshold.
    source : str
        What it was fitted to, in a few words.

    Raises
    ------
    ValueError
        When hyperparams.yaml has one of these keys in a form that no line
        replaces.

    Example
    -------
    >>> from sb_contrastive.evaluation.verification.calibration import Calibration
    >>> folder = getfixture("tmp_path")
    >>> _ = (folder / FILE).write_text("sample_rate: 16000\\n")
    >>> write_calibration(folder, Calibration(50.0, -17.5), 0.5, "90 recordings")
    >>> print((folder / FILE).read_text())
    threshold: 0.350000  # of one speaker at a prior of 0.5, fitted to 90 recordings
    llr_scale: 50.000000  # log-likelihood ratio = llr_scale x cosine + llr_offset
    llr_offset: -17.500000
    sample_rate: 16000
    <BLANKLINE>
    """
    folder = Path(folder).expanduser()
    threshold = calibration.threshold(prior)
    about = f"of one speaker at a prior of {prior:g}, fitted to {source}"
    # Not in the form 5e-05, which PyYAML takes for text
    lines = {
        "threshold": f"{threshold:.6f}  # {about}",
        "llr_scale": f"{calibration.scale:.6f}  # log-likelihood ratio = "
        "llr_scale x cosine + llr_offset",
        "llr_offset": f"{calibration.offset:.6f}",
    }
    _rewrite(
        folder / FILE, lambda text: _with_lines(folder / FILE, text, lines)
    )
    card = folder / "README.md"
    if card.is_file():
        decision = DECISION.format(threshold=threshold, source=about)
        _rewrite(card, lambda text: _with_decision(text, decision))


def _rewrite(path, change):
    """Replace a text file in one step, if its text changes; line ends stay."""
    # Not read_text: a file from elsewhere may have other line ends
    text = path.read_bytes().decode("utf-8")
    changed = change(text)
    if changed != text:
        write_atomically(
            path, lambda part: part.write_bytes(changed.encode("utf-8"))
        )


def _with_lines(path, text, lines):
    """Replace the lines of these keys, and put them where the values of an
    export begin."""
    end = "\r\n" if "\r\n" in text else "\n"
    rest = re.sub(rf"^({'|'.join(lines)}):.*(?:\r?\n|\Z)", "", text, flags=re.M)
    start = re.search(r"^trim_silence_db:.*\n", rest, re.M)
    start = start or re.search(r"^(?=[A-Za-z_]\w*:)|\Z", rest, re.M)
    at = start.end()
    added = "".join(f"{key}: {value}{end}" for key, value in lines.items())
    found = rest[:at] + added + rest[at:]
    before = _values(path, text)
    expected = {key: value.split()[0] for key, value in lines.items()}
    try:
        right = _values(path, found) == {**before, **expected}
    except ValueError:
        right = False
    if not right:
        raise ValueError(
            f"{path} says {', '.join(lines)} in a way that cannot be replaced "
            f"line by line: remove these keys from it"
        )
    return found


def _values(path, text):
    """Return the keys of a description, and its values without their places."""
    return {
        key.value: _plain(value) for key, value in compose(path, text).value
    }


def _plain(node):
    """Return a node of a YAML as values that can be compared."""
    if isinstance(node.value, str):
        return node.value
    return str(node.tag), [
        tuple(map(_plain, part)) if isinstance(part, tuple) else _plain(part)
        for part in node.value
    ]


def _with_decision(text, decision):
    """Put the threshold where an exported README.md speaks of one."""
    line = DECISION.partition("{")[0].strip()
    found = re.sub(
        rf"^{re.escape(line)}.*", lambda _: decision, text, flags=re.M
    )
    said = f"This line decides:\n\n```python\n{decision}\n```"
    return found.replace(NO_THRESHOLD, said)
