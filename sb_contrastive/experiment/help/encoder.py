"""The part of the help on the values of an encoder, which its own YAML holds."""

import re
from pathlib import Path

from sb_contrastive.experiment.help.layout import COMMENT, entry
from sb_contrastive.experiment.overriding.encoder_values import encoder_values

LINE = re.compile(r"\s*([A-Za-z]\w*):(.*)")
MADE = re.compile(r"!(?:new|name|apply):(?:\w+\.)*(\w+)")


def encoder_help(file, taken):
    """Explain the values of an encoder that a command line may give.

    Arguments
    ---------
    file : str or pathlib.Path
        Its YAML.
    taken : collection of str
        Names that mean a value of the experiment itself.

    Returns
    -------
    list of str
        Lines, with their heading.

    Example
    -------
    >>> path = getfixture("tmp_path") / "mine.yaml"
    >>> _ = path.write_text("!new:a.B\\nc: !new:d.E\\n    rate: 1  # in Hz\\n")
    >>> print("\\n".join(encoder_help(path, ["c"])))
    <BLANKLINE>
    Values of the encoder mine, given beside it: --encoder mine --rate 1
      --rate 1                        in Hz
    """
    file = Path(file)
    known, lines, before, plain = encoder_values(file), [], "", None
    for line in file.read_text(encoding="utf-8").splitlines():
        found = LINE.match(line)
        if found and found[1] in known and found[1] not in taken:
            comment = COMMENT.search(found[2])
            value = COMMENT.sub("", found[2]).strip()
            if value.startswith("!ref"):
                continue  # it follows from another value
            made = MADE.match(value)
            shown = made[1] if made else value
            if not made and plain is None:
                plain = f"--{found[1]} {shown}"
            said = comment[1] if comment else before
            lines.append(entry(f"--{found[1]} {shown}", said))
        # A comment on a line of its own is about the value below it
        above = line.strip().startswith("#")
        before = COMMENT.search(line)[1] if above else ""
    if not lines:
        return []
    example = f": --encoder {file.stem} {plain}" if plain else ""
    return [
        "",
        f"Values of the encoder {file.stem}, given beside it{example}",
        *lines,
    ]
