"""Section of a few utterances to listen to: those that a system gets most wrong."""

import csv

from markupsafe import Markup

from sb_contrastive.report_page.clips import clip
from sb_contrastive.report_page.html import Section

MOST = 6
TEXT = Markup(
    "Here one hears whether the error is the network's or the label's. Clips "
    "are cut after four seconds and made equally loud. They are excerpts of the "
    "corpus: look at its licence before you pass this page on, or write it "
    "again with <code>sb-contrastive report RUN --no_audio</code>."
)


def most_confused(run):
    """Play the utterances whose wrong class has the highest posterior.

    Arguments
    ---------
    run : RunFolder
        Of a classification.

    Returns
    -------
    Section or None
        None too for recordings of patients, which no page should carry.
    """
    if any("detection" in entry for entry in run.metrics.values()):
        return None
    rows = _manifest(run.path / "manifests" / "labelled.csv")
    for title, folds in run.predictions.items():
        items = []
        for row in _wrong(folds):
            found = rows.get(row["ID"])
            player = found and clip(
                found["wav"], int(found["start"]), int(found["stop"])
            )
            if player:
                items.append(
                    Markup("<li><p>{}</p>{}</li>").format(
                        _sentence(row), player
                    )
                )
            if len(items) == MOST:
                break
        if items:
            return _section(f"Utterances that {title} gets most wrong", items)
    return None


def _wrong(folds):
    """List wrong predictions, the surest first; one of each speaker and class
    before a second."""
    wrong = [
        row
        for rows in folds.values()
        for row in rows
        if row["label"] and row["label"] != row["prediction"]
    ]
    wrong.sort(key=lambda row: -_sureness(row))
    seen, first, others = set(), [], []
    for row in wrong:
        key = row["spk_id"], row["label"]
        (others if key in seen else first).append(row)
        seen.add(key)
    return first + others


def _sureness(row):
    return float(row.get(f"p_{row['prediction']}") or 0)


def _sentence(row):
    percent = f"{100 * _sureness(row):.0f} %"
    return Markup(
        "<b>{}</b>, taken for <b>{}</b> with {}<br>"
        '<span class="small">{}, speaker {}, fold {}</span>'
    ).format(
        row["label"],
        row["prediction"],
        percent,
        row["ID"],
        row["spk_id"],
        row["fold"],
    )


def _manifest(path):
    if not path.is_file():
        return {}
    with open(path, newline="", encoding="utf-8") as file:
        return {row["ID"]: row for row in csv.DictReader(file)}


def nearest_strangers(run):
    """Play the strangers that score highest, and the recordings of one speaker
    that score lowest.

    Arguments
    ---------
    run : RunFolder
        Of a speaker verification.

    Returns
    -------
    Section or None
    """
    name, systems = next(iter(run.metrics.items()))
    found = run.read(f"plots/trials_{name}.json", {})
    title = next((title for title in systems if title in found), None)
    if title is None:
        return None
    items = []
    kinds = (
        ("nearest_strangers", "Two speakers"),
        ("farthest_twins", "One speaker"),
    )
    for key, told in kinds:
        for pair in found[title][key]:
            item = _pair(told, pair)
            if item:
                items.append(item)
    if not items:
        return None
    heading = f"Trials that {title or run.name} gets most wrong"
    return _section(heading, items)


def _pair(told, pair):
    """Make two players; None where the audio of one is gone."""
    sides = []
    for side in pair["sides"]:
        player = clip(side["wav"], side["start"], side["stop"])
        if not player:
            return None
        sides.append(
            Markup('<div><span class="small">{}</span>{}</div>').format(
                side["name"], player
            )
        )
    return Markup(
        '<li class="pair"><p><b>{}</b>, score {:.3f}</p>{}{}</li>'
    ).format(told, pair["score"], *sides)


def _section(title, items):
    body = Markup('<ul class="clips">{}</ul>').format(Markup("").join(items))
    return Section(title, TEXT, body)
