"""Sections about the run itself: warnings, settings, provenance."""

from markupsafe import Markup

from sb_contrastive.data.channel_notice import NOTE as CHANNEL_NOTE
from sb_contrastive.data.oracle_notice import NOTE as ORACLE_NOTE
from sb_contrastive.report_page.html import Section, facts, folded

WARNINGS = "warnings.log"
# Warnings that say what an entry of the protocol has said on the page
TOLD = {
    "synthetic": "No corpus given: using SYNTHETIC",
    "debug": "DEBUG RUN",
    "oracle": "ORACLE RUN",
    "simulated_channels": "SIMULATED CHANNELS",
}


def notices(run):
    """List what a reader has to know before any number.

    Arguments
    ---------
    run : RunFolder
        Any run.

    Returns
    -------
    list of tuple
        (CSS class, sentence).
    """
    lines = list(dict.fromkeys(run.lines(WARNINGS)))
    # Without results only the warnings know
    told = {
        key: bool(run.protocol.get(key))
        or (not run.protocol and any(x.startswith(line) for x in lines))
        for key, line in TOLD.items()
    }
    found = []
    if told["debug"]:
        found.append(
            (
                "bad",
                "This was a debug run, trained on a few batches: its numbers "
                "tell nothing.",
            )
        )
    if told["oracle"]:
        found.append(("bad", ORACLE_NOTE))
    if told["simulated_channels"]:
        found.append(("bad", CHANNEL_NOTE))
    if told["synthetic"]:
        found.append(
            (
                "bad",
                "The corpus is the built-in synthetic speech. The numbers show "
                "that the machinery learns; they say nothing about real speech.",
            )
        )
    if "TRANSDUCTIVE" in str(run.protocol.get("pretraining", "")):
        found.append(
            (
                "bad",
                "The encoder has heard test speakers before any label: "
                f"{run.protocol['pretraining']}.",
            )
        )
    known = tuple(TOLD[key] for key in TOLD if told[key])
    return found + [("", x) for x in lines if not x.startswith(known)]


def settings(run):
    """Show the values that each stage has used.

    Arguments
    ---------
    run : RunFolder
        Of an experiment or a study.

    Returns
    -------
    Section or None
    """
    if not run.settings:
        return None
    stages = [
        folded(stage, facts({k: _value(v) for k, v in values.items()}))
        for stage, values in run.settings.items()
    ]
    return Section(
        "Settings",
        "These are the values that each stage has used, as far as they are not "
        "those of the code. experiment.yaml, where it was written, runs the "
        "same again.",
        Markup("").join(stages),
    )


def _value(text):
    """Show a value as YAML; one that is not set is left out."""
    if text is None:
        return None
    if "\n" in str(text):
        return Markup("<pre>{}</pre>").format(text)
    return Markup("<code>{}</code>").format(text)


def provenance(run):
    """Show how the numbers came about: protocol, commands, versions, cost.

    Arguments
    ---------
    run : RunFolder
        Any run.

    Returns
    -------
    Section
    """
    results = run.results or _of_training(run)
    told = {
        key.replace("_", " ").capitalize(): _plain(value)
        for key, value in run.protocol.items()
        if key not in TOLD
    }
    cost = {
        "Seed": _plain(results.get("seed")),
        "Training time": _minutes(results.get("train_seconds") or None),
        "Speed": _with_unit(
            results.get("utterances_per_second"), "utterances/s"
        ),
        "Trainable parameters": _thousands(
            results.get("trainable_parameters") or None
        ),
        "Peak memory": _with_unit(results.get("peak_memory_gib"), "GiB"),
        "Command": _pre(results.get("command") or None),
        "Versions": ", ".join(
            f"{name} {v}" for name, v in results.get("versions", {}).items()
        )
        or None,
    }
    inputs = {
        name: Markup("<code>sha256 {}</code>").format(digest[:16])
        for stage in run.read("provenance.json", {}).values()
        for name, digest in stage.get("inputs", {}).items()
        if digest
    }
    body = facts({**told, **cost})
    if inputs:
        body += folded("Weights that stages started from", facts(inputs))
    return Section(
        "Provenance",
        "This is how the numbers came about, and what it takes to get them "
        "again.",
        body,
    )


def _of_training(run):
    """Collect what is known of a run that has trained and tested nothing."""
    stages = run.read("provenance.json", {}).values()
    calls = [c for stage in stages for c in stage.get("calls", {}).values()]
    logs = run.logs.values()
    return {
        "command": "\n".join(dict.fromkeys(c["command"] for c in calls)),
        "versions": calls[-1]["versions"] if calls else {},
        "train_seconds": sum(log.get("train_seconds", 0) for log in logs),
        "trainable_parameters": max(
            (log.get("trainable_parameters", 0) for log in logs), default=0
        ),
    }


def _plain(value):
    if isinstance(value, dict):
        return "; ".join(f"{k}: {_plain(v)}" for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return None if value is None else str(value)


def _pre(text):
    return text and Markup("<pre>{}</pre>").format(text)


def _minutes(seconds):
    return seconds and f"{seconds / 60:.1f} minutes"


def _with_unit(number, unit):
    return number and f"{number:.3g} {unit}" if number else None


def _thousands(count):
    return count and f"{count:,}".replace(",", " ")
