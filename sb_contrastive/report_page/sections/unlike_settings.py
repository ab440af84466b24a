"""Section of the settings in which compared runs differ."""

from markupsafe import Markup

from sb_contrastive.report_page.html import Section, facts


def unlike_settings(runs):
    """Show the values in which the runs differ.

    Arguments
    ---------
    runs : dict of str to RunFolder
        The runs.

    Returns
    -------
    Section or None
    """
    keys = dict.fromkeys(
        (stage, key)
        for run in runs.values()
        for stage, values in run.settings.items()
        for key in values
    )
    parts = {}
    for stage, key in keys:
        texts = {
            name: str(run.settings[stage].get(key))
            for name, run in runs.items()
            if stage in run.settings
        }
        if len(set(texts.values())) > 1:
            parts[f"{stage}: {key}"] = _unlike(texts)
    if not parts:
        return None
    return Section(
        "What differs in the settings",
        "Of stages that several runs have, these values differ; of longer "
        "ones, the lines that not all runs have.",
        facts(parts),
    )


def _unlike(texts):
    """Show the lines of each text that are not in all."""
    lines = {name: text.splitlines() for name, text in texts.items()}
    common = set.intersection(*map(set, lines.values()))
    return Markup("").join(
        Markup('<span class="small">{}</span><pre>{}</pre>').format(
            name, "\n".join(s for s in own if s not in common) or "(as others)"
        )
        for name, own in lines.items()
    )
