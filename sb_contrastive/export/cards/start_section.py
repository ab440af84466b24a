"""Writes the section of a model card on the weights that training began with."""


def start_section(starts):
    """Tell where weights came from that were trained before, and by what.

    Arguments
    ---------
    starts : list of dict
        From `sb_contrastive.experiment.provenance.origin`: `file`, `sha256`, and
        what is known of `model`, `stage`, `data` and `calls` or `command`.

    Returns
    -------
    str or None
        Markdown; None where all weights were random.

    Example
    -------
    >>> print(start_section([{"file": "a/encoder.ckpt", "sha256": "01ab"}]))
    `a/encoder.ckpt` (sha256 01ab); what trained it is not recorded there.
    """
    groups = {}
    for start in starts:  # files of one model, or of one stage, fold by fold
        rest = {k: v for k, v in start.items() if k not in ("file", "sha256")}
        groups.setdefault(repr(rest), (rest, []))[1].append(start)
    return "\n\n".join(_one(*group) for group in groups.values()) or None


def _one(known, files):
    text = ", ".join(f"`{f['file']}` (sha256 {f['sha256']})" for f in files)
    if "model" in known:
        text += f", of {known['model']}"
    if "stage" in known:
        text += f", left by stage {known['stage']}"
    if "data" in known:
        text += f"; trained on {known['data'].rstrip('.')}"
    commands = [call["command"] for call in known.get("calls", [])]
    commands += [known["command"]] if "command" in known else []
    if not commands:
        return f"{text}; what trained it is not recorded there."
    lines = "\n".join(dict.fromkeys(commands))
    text = f"{text}, by\n\n```bash\n{lines}\n```"
    before = known.get("start") or start_section(known.get("starts", []))
    return f"{text}\n\nBefore that: {before}" if before else text
