"""Section of the training curves, with reference lines where a value has a meaning."""

import re

from markupsafe import Markup

from sb_contrastive.evaluation.plots.quantities import quantities
from sb_contrastive.report_page.charts.axes import legend
from sb_contrastive.report_page.charts.line_chart import (
    line_chart,
    side_by_side,
)
from sb_contrastive.report_page.html import Section, folded
from sb_contrastive.report_page.references import references_of, upper_limit

# Runs of one step in several folds share their charts
FOLD = re.compile(r"/?fold_([^/]+)")
MOST_FOLDS = 7
# Without these a chart has to be asked for
MAIN = (
    *("loss", "teacher_entropy", "kl", "embedding_std", "effective_rank"),
    *("speaker_eer", "speaker_knn", "UA", "EER", "accuracy"),
)


def curves(run):
    """Draw the curves of every training.

    Arguments
    ---------
    run : RunFolder
        Of an experiment.

    Returns
    -------
    Section or None
    """
    groups = {}
    for place, log in run.logs.items():
        fold = FOLD.search(place)
        told = FOLD.sub("", place)
        groups.setdefault(told, {})[fold and fold[1]] = log["epochs"]
    if not groups:
        return None
    order = list(run.metrics)
    places = sorted(groups, key=lambda place: _rank(place, order))
    parts = [_training(run, place, groups[place]) for place in places]
    return Section(
        "How it was trained",
        "Each curve shows a quantity after every epoch. Dashed lines say what a "
        "value means: chance, or the largest value there can be.",
        Markup("").join(parts),
    )


def _training(run, place, folds):
    """Draw one training: a chart for each quantity, a curve for each fold."""
    shown = dict(list(folds.items())[:MOST_FOLDS])
    several = None not in shown
    panels = _panels(shown)
    if several:
        order = [f"fold {fold}" for fold in shown]
    else:
        names = {name for _, panel in panels.values() for name in panel}
        order = [name for name in ("train", "valid") if name in names]
    main, others = [], []
    for key, (title, panel) in panels.items():
        title += upper_limit(run, place, key)
        known = references_of(run, place, key)
        # What has one curve needs no entry in the legend
        own = order if set(panel) <= set(order) else ()
        chart = line_chart(title, panel, known, own)
        (main if key in MAIN else others).append(chart)
    body = side_by_side(main or others)
    if main and others:
        more = f"{len(others)} more quantities"
        body += folded(more, side_by_side(others))
    note = ""
    if several:
        first = f"the first {len(shown)} of " if len(folds) > MOST_FOLDS else ""
        note = f" ({first}{len(folds)} folds, on their validation parts)"
        if len(folds) == 1:
            note = f" ({order[0]}, on its validation part)"
    return Markup("<h3>{}{}</h3>{}{}").format(
        _heading(place), note, legend(order) if order else "", body
    )


def _panels(folds):
    """Collect {key: (title, {curve: points})} of the logs of one training; of
    several folds the validation curve of each, where there is one."""
    panels = {}
    for fold, log in folds.items():
        for key, (title, found) in quantities(log).items():
            _, panel = panels.setdefault(key, (title, {}))
            if fold is None:
                panel.update(found)
            else:
                kept = found.get("valid") or next(iter(found.values()))
                panel[f"fold {fold}"] = kept
    return panels


def _rank(place, systems):
    """Put pretraining first, and systems in the order of the tables."""
    system = _heading(place).partition(":")[0]
    return systems.index(system) if system in systems else -1


def _heading(place):
    """Name a training by its system and step.

    Example
    -------
    >>> _heading("labels_010/two_step/finetune_all"), _heading("pretrain")
    ('two_step: finetune_all, 10 % of the labels', 'pretrain')
    """
    share, _, rest = place.partition("/")
    if not share.startswith("labels_"):
        return place
    percent = float(share.removeprefix("labels_"))
    name = ": ".join(rest.split("/"))
    return name if percent == 100 else f"{name}, {percent:g} % of the labels"
