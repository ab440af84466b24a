"""The help of one experiment: every value of it, with its default and what is said of it."""

import re

from sb_contrastive.experiment.help.encoder import encoder_help
from sb_contrastive.experiment.help.layout import (
    COMMENT,
    RULED,
    about,
    entry,
    started_as,
    usage,
)
from sb_contrastive.experiment.objective import (
    choices_of,
    objectives_of,
    with_objective,
)
from sb_contrastive.experiment.overriding.encoder_values import (
    encoder_file,
    included_encoder,
)
from sb_contrastive.experiment.overriding.overridden import read_document
from sb_contrastive.experiment.schema import known_values
from sb_contrastive.experiment.signatures import (
    REQUIRED,
    located,
    parameters,
    takes_experiment,
)
from sb_contrastive.shipped import experiment_file

KEY = re.compile(r"([A-Za-z]\w*):(.*)")
PART = re.compile(r"    ([A-Za-z]\w*):")


def experiment_help(path, encoder=None, objective=None):
    """Explain every value of an experiment: default, parts, comment.

    Arguments
    ---------
    path : str or pathlib.Path
        The experiment's YAML, or its name.
    encoder : str, optional
        The encoder whose values are listed; that of the YAML when absent.
    objective : str, optional
        The objective whose values are listed, likewise.

    Returns
    -------
    str

    Raises
    ------
    FileNotFoundError
        When there is no such file.

    Example
    -------
    >>> path = getfixture("tmp_path") / "a.yaml"
    >>> _ = path.write_text("# A test.\\n# ---- Data ----\\nseed: 3  # any number\\n")
    >>> print(experiment_help(path).split("\\n\\n")[2])
    Data
      --seed 3                        any number
    """
    path = experiment_file(path)
    lines = [usage(), "", *about(path)]
    text = path.read_text(encoding="utf-8")
    others = objectives_of(path, text)
    if objective is not None:
        text = with_objective(text, path, objective)
    for heading, values in _sections(text):
        lines += ["", heading, *(_value(path, *value) for value in values)]
    document = read_document(path, text)
    known = known_values(document)
    if others:
        lines += ["", *_objectives(others)]
    lines += _encoder(path, encoder, {*document.nodes, *known})
    lines += _defaults(document, known)
    lines += _options(document)
    lines += [
        "",
        "An object's parts are changed together: "
        '--loss "{student_temperature: 0.2}".',
        f"Run options (--device, --quiet, ...): {started_as()} --help",
    ]
    return "\n".join(lines)


def _objectives(names):
    """Say what can be learnt instead, and how to see the values of it."""
    return [
        "Another objective of the pretraining",
        entry(
            "--objective NAME",
            f"{', '.join(names)} or the path of a YAML, whose values take the "
            f"place of those of the objective here; --objective NAME --help "
            f"lists them",
        ),
    ]


def _encoder(path, encoder, taken):
    """List the values of the encoder, where the experiment includes one."""
    file = included_encoder(path.read_text(encoding="utf-8"), path)
    if encoder is not None:
        file = encoder_file(encoder, path)
    return encoder_help(file, taken) if file else []


def _defaults(document, known):
    """List the values that stages take and the file does not write."""
    lines = ["", "Values with a default, of the stages above"]
    for name, value in known.items():
        if name not in document.nodes:
            default = _shown(value.default)
            lines.append(entry(f"--{name} {default}".rstrip(), value.about))
    return lines


def _options(document):
    """List the options of each kind of stage and step that the file names."""
    lines, targets = [], {}
    for name, node in document.nodes.items():
        target = located(node)
        if takes_experiment(target):
            targets.setdefault(target, []).append(name)
    for target, names in targets.items():
        own = [p for p in parameters(target).values() if not p.shared]
        if own:
            lines += ["", f"Options of {', '.join(names)} ({target.__name__})"]
        for known in own:
            default = _shown(known.default)
            lines.append(entry(f"{known.name}: {default}", known.about))
    return lines


def _shown(default):
    """Write a default as a YAML would; an object by its name."""
    if default is REQUIRED:
        return "(must be given)"
    if isinstance(default, (bool, int, float, str, list)):
        return str(default)
    if default is None:
        return "null"
    return getattr(default, "__name__", type(default).__name__)


def _sections(text):
    """[(heading, [(key, default, parts, comment), ...]), ...]"""
    sections, values = [], []
    for line in text.splitlines():
        heading, key = RULED.match(line), KEY.match(line)
        comment = COMMENT.search(line)
        if heading:
            values = []
            sections.append((heading[1], values))
        elif key:
            if not sections:
                sections.append(("The experiment", values))
            text = COMMENT.sub("", key[2]).strip()
            values.append((key[1], text, [], [comment[1]] if comment else []))
        elif values and line.startswith(" "):
            parts, comments = values[-1][2:]
            part = PART.match(line)
            if part:
                parts.append(part[1])
            elif comment and not parts and not line[: comment.start()].strip():
                comments.append(comment[1])
    return sections


def _value(path, key, default, parts, comment):
    comment = " ".join(comment)
    included = re.fullmatch(r"!include:(.*/)(\w+)\.yaml", default)
    if included:
        default = included[2]
        models = sorted(
            p.stem for p in (path.parent / included[1]).glob("*.yaml")
        )
        comment = f"{', '.join(models)} or the path of a YAML. {comment}"
    choices = choices_of(key, path)
    if choices:
        comment = f"{', '.join(choices)} or the path of a YAML. {comment}"
    made = re.match(r"!(?:new|name|apply):(?:\w+\.)*(\w+)", default)
    if made or parts:
        default = made[1] if made else ""
        given = f"parts: {', '.join(parts)}" if parts else ""
        comment = ". ".join(x for x in (comment, given) if x)
    return entry(f"--{key} {default.removeprefix('!ref ')}", comment)
