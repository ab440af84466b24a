"""The text that `train.py --help` prints: experiments, and the values that can be changed in each."""

import re
import textwrap
from pathlib import Path

from speechbrain.utils.run_opts import HELP_TEXTS, RunOptions

from sb_contrastive.experiment.overriding.overridden import read_document
from sb_contrastive.experiment.schema import known_values
from sb_contrastive.experiment.signatures import (
    REQUIRED,
    located,
    parameters,
    takes_experiment,
)
from sb_contrastive.suggestions import did_you_mean

USAGE = "usage: python train.py EXPERIMENT.yaml [--key value ...] [run options]"
SECTION = re.compile(r"# -+ (.+?) -+$")
KEY = re.compile(r"([A-Za-z]\w*):(.*)")
PART = re.compile(r"    ([A-Za-z]\w*):")
COMMENT = re.compile(r"(?:^|\s+)# ?(.*)$")
COLUMN = 34  # where explanations begin


def help_text(arguments):
    """Write the help that a command line asks for.

    Arguments
    ---------
    arguments : list of str
        Those of train.py, with the path of an experiment or without.

    Returns
    -------
    str

    Raises
    ------
    FileNotFoundError
        When there is no such experiment.
    """
    files = [a for a in arguments if a.endswith((".yaml", ".yml"))]
    return experiment_help(files[0]) if files else overview("hparams")


def overview(folder):
    """Name the experiments of a folder, and the run options.

    Arguments
    ---------
    folder : str or pathlib.Path
        With one YAML for each experiment.

    Returns
    -------
    str
    """
    paths = sorted(Path(folder).glob("*.yaml"))
    lines = [USAGE, "", "Experiments, and what they are:"]
    lines += [_entry(path.as_posix(), _about(path)[0]) for path in paths]
    lines += [
        "",
        "What each lets you change: python train.py EXPERIMENT.yaml --help",
        "The same command again continues a run that was stopped.",
        "",
        "Run options, for every experiment:",
        _entry("--quiet", "Only tables, warnings and errors."),
        _entry("--verbose", "What libraries say, too, and nothing left out."),
        "",
        "Run options of SpeechBrain, for every experiment:",
    ]
    defaults = RunOptions().as_dict()
    lines += [
        _entry(f"--{name} {defaults[name]}", HELP_TEXTS[name])
        for name in defaults
        if name in HELP_TEXTS
    ]
    return "\n".join(lines)


def experiment_help(path):
    """Explain every value of an experiment: default, parts, comment.

    Arguments
    ---------
    path : str or pathlib.Path
        The experiment's YAML.

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
    path = Path(path)
    if not path.is_file():
        near = [str(p) for p in path.parent.glob("*.yaml")]
        raise FileNotFoundError(
            f"there is no experiment {path}{did_you_mean(path, near)}"
        )
    lines = [USAGE, "", *_about(path)]
    for heading, values in _sections(path):
        lines += ["", heading, *(_value(path, *value) for value in values)]
    document = read_document(path)
    lines += _defaults(document)
    lines += _options(document)
    lines += [
        "",
        "An object's parts are changed together: "
        '--loss "{student_temperature: 0.2}".',
        "Run options (--device, --quiet, ...): python train.py --help",
    ]
    return "\n".join(lines)


def _defaults(document):
    """List the values that stages take and the file does not write."""
    lines = ["", "Values with a default, of the stages above"]
    for name, known in known_values(document).items():
        if name not in document.nodes:
            default = _shown(known.default)
            lines.append(_entry(f"--{name} {default}".rstrip(), known.about))
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
            lines.append(_entry(f"{known.name}: {default}", known.about))
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


def _about(path):
    """Return the comment at the top of a YAML, without its rules."""
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#") or SECTION.match(line):
            break
        if line.strip("# "):
            lines.append(line[2:])
    return lines or [""]


def _sections(path):
    """[(heading, [(key, default, parts, comment), ...]), ...]"""
    sections, values = [], []
    for line in path.read_text(encoding="utf-8").splitlines():
        heading, key = SECTION.match(line), KEY.match(line)
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
        models = sorted(p.stem for p in (path.parent / included[1]).glob("*"))
        comment = f"{', '.join(models)} or the path of a YAML. {comment}"
    made = re.match(r"!(?:new|name|apply):(?:\w+\.)*(\w+)", default)
    if made or parts:
        default = made[1] if made else ""
        given = f"parts: {', '.join(parts)}" if parts else ""
        comment = ". ".join(x for x in (comment, given) if x)
    return _entry(f"--{key} {default.removeprefix('!ref ')}", comment)


def _entry(name, text):
    """One value and what is said of it, in two columns."""
    lines = textwrap.wrap(
        text,
        width=100,
        initial_indent=" " * COLUMN,
        subsequent_indent=" " * COLUMN,
        break_on_hyphens=False,
    ) or [""]
    name = f"  {name}".rstrip()
    if len(name) + 2 > COLUMN:
        return "\n".join([name, *lines]).rstrip()
    lines[0] = name.ljust(COLUMN) + lines[0][COLUMN:]
    return "\n".join(lines).rstrip()
