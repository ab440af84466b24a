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
    return "\n\n".join(_one(start) for start in starts) or None


def _one(start):
    of = f" of {start['model']}" if "model" in start else ""
    of = f", left by stage {start['stage']}" if "stage" in start else of
    text = f"`{start['file']}` (sha256 {start['sha256']}){of}"
    if "data" in start:
        text += f"; trained on {start['data'].rstrip('.')}"
    commands = [call["command"] for call in start.get("calls", [])]
    commands += [start["command"]] if "command" in start else []
    if not commands:
        return f"{text}; what trained it is not recorded there."
    lines = "\n".join(dict.fromkeys(commands))
    before = [f"Before that: {_one(s)}" for s in start.get("starts", [])]
    return "\n\n".join([f"{text}, by\n\n```bash\n{lines}\n```", *before])
