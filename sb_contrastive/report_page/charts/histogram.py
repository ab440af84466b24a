"""A histogram of the scores of target and non-target trials, with the threshold of equal error rate."""

from sb_contrastive.report_page.charts.axes import (
    Scale,
    frame,
    label,
    line,
    numbered,
    path,
    svg,
    tick_text,
    ticks,
)

WIDTH, HEIGHT = 330, 236


def score_chart(title, counts, threshold):
    """Draw the distributions of both kinds of trials.

    Arguments
    ---------
    title : str
        The system.
    counts : dict
        `edges` [N + 1], and counts [N] of `targets` and `nontargets`.
    threshold : float
        That of the equal error rate.

    Returns
    -------
    Markup

    Example
    -------
    >>> counts = {"edges": [0, 0.5, 1], "targets": [0, 2], "nontargets": [3, 1]}
    >>> "threshold 0.4" in score_chart("SimCLR", counts, 0.4)
    True
    """
    edges = counts["edges"]
    shares = {
        kind: [100 * n / (sum(counts[kind]) or 1) for n in counts[kind]]
        for kind in ("nontargets", "targets")
    }
    top = max(max(values) for values in shares.values()) or 1
    x = Scale(edges[0], edges[-1], 40, WIDTH - 12)
    y = Scale(0, 1.05 * top, HEIGHT - 44, 46)
    parts = frame(
        x,
        y,
        numbered(ticks(*x[:2])),
        numbered(ticks(0, top, 4)),
        "score",
    )
    parts.append(label(2, 15, title, "heading"))
    for kind, colour in (("nontargets", "s1"), ("targets", "s0")):
        outline = [(x(edges[0]), y(0))]
        for low, high, share in zip(edges, edges[1:], shares[kind]):
            outline += [(x(low), y(share)), (x(high), y(share))]
        outline.append((x(edges[-1]), y(0)))
        parts.append(path(outline, f"area {colour}"))
    at = x(threshold)
    parts.append(line(at, y.start, at, y.end, "reference bold"))
    side = "end" if at > WIDTH / 2 else ""
    text = f"threshold {tick_text(float(f'{threshold:.3g}'))}"
    parts.append(label(at + (-5 if side else 5), 38, text, f"tick {side}"))
    return svg(WIDTH, HEIGHT, parts, f"scores of {title}")
