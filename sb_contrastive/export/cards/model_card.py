"""Writes the README.md of an exported model: its use, its training and its results."""

import json

from sb_contrastive.encoders.pooling.statistics import StatisticsPooling
from sb_contrastive.export.cards.portable import without_absolute_paths
from sb_contrastive.export.cards.use import use_section
from sb_contrastive.export.usage import Usage
from sb_contrastive.suggestions import did_you_mean

CARD = "card.json"  # beside README.md, for whoever trains on
SECTIONS = {
    "task": "Task",
    "data": "Training data",
    "protocol": "Protocol",
    "metrics": "Results",
    "command": "Command",
    "start": "Start",
    "seed": "Seed",
    "versions": "Versions",
}

_NOISE = """
SpeechBrain's statistics pooling adds noise of about 1e-5 to what it pools, so
the embeddings of one recording differ in the fourth or fifth digit from call
to call. In training the same pooling ran without noise.
"""


def model_card(
    card,
    encoder,
    classifies,
    packages=(),
    files=(),
    usage=Usage(),
    outside=(),
):
    """Write the text of a model card, in Markdown.

    Arguments
    ---------
    card : dict
        Text by section: `title`, which is required, and any of `note` (a
        warning under the title, such as "trained on synthetic speech"), `task`,
        `data`, `protocol`, `metrics` (Markdown), `command`, `start`, `seed`
        and `versions`.
    encoder : torch.nn.Module
        The encoder, whose parts decide which warnings the card has.
    classifies : bool
        Whether the model has a classifier, which decides on the code example.
    packages : list of str
        Packages that must be installed besides SpeechBrain.
    files : list of pathlib.Path
        Those of them that are Python files in the folder of the model.
    usage : Usage
        How silence was cut in training, and which cosine means one speaker.
    outside : list of str
        Files that the model reads from elsewhere, such as a frozen front end.

    Returns
    -------
    str
        Absolute paths, of the machine, are shortened to their last part.

    Raises
    ------
    ValueError
        When the title is missing or a section is unknown.

    Example
    -------
    >>> import torch
    >>> card = {"title": "Four emotions", "note": "Trained on synthetic speech."}
    >>> text = model_card(card, torch.nn.Identity(), classifies=True)
    >>> print(text[text.index("#") :][:49])
    # Four emotions
    <BLANKLINE>
    > Trained on synthetic speech.
    """
    known = ["title", "note", *SECTIONS]
    for key in card:
        if key not in known:
            raise ValueError(
                f"a model card has no section {key!r}, only "
                f"{', '.join(known)}{did_you_mean(key, known)}"
            )
    if not card.get("title"):
        raise ValueError("a model card needs a section 'title'")
    lines = [
        "---",
        "library_name: speechbrain",
        "tags:",
        "- speechbrain",
        "---",
    ]
    lines += [f"# {card['title']}", ""]
    if card.get("note"):
        note = str(card["note"]).strip().splitlines()
        lines += [*(f"> {line}".rstrip() for line in note), ""]
    lines.append(use_section(classifies, usage, packages, files))
    for path in outside:
        lines += [
            "",
            f"It reads `{path}`, which is not in this folder and is sought from "
            f"the folder that Python is started in.",
        ]
    # `UtteranceEncoder` had replaced SpeechBrain's pooling, which the YAML names
    if "sb_contrastive" not in packages and any(
        isinstance(module, StatisticsPooling) for module in encoder.modules()
    ):
        lines += ["", _NOISE.strip()]
    for key, heading in SECTIONS.items():
        if card.get(key) is not None:
            text = str(card[key]).strip()
            if key == "command":
                text = f"```bash\n{text}\n```"
            lines += ["", f"## {heading}", "", text]
    return without_absolute_paths("\n".join(lines) + "\n")


def card_text(card):
    """Write the sections of a model card as JSON.

    Arguments
    ---------
    card : dict
        See `model_card`.

    Returns
    -------
    str
        Absolute paths are shortened likewise.

    Example
    -------
    >>> card_text({"title": "Four emotions", "seed": 3})
    '{"title": "Four emotions", "seed": "3"}\\n'
    """
    told = {
        key: without_absolute_paths(str(text).strip())
        for key, text in card.items()
        if text is not None
    }
    return json.dumps(told) + "\n"
