"""DET curves: misses against false alarms, on probit axes."""

from statistics import NormalDist

from sb_contrastive.report_page.charts.axes import (
    COLOURS,
    Scale,
    dot,
    frame,
    line,
    path,
    svg,
)

TICKS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9)
SIZE = 500
LEAST = 3e-4  # lower rates were clipped
probit = NormalDist().inv_cdf


def det_chart(systems):
    """Draw a curve for each system, with a dot at its equal error rate.

    Arguments
    ---------
    systems : dict of str to dict
        {title: `det`, a list of (false alarms, misses) as shares, and `EER`}.

    Returns
    -------
    Markup

    Example
    -------
    >>> curve = [[0.5, 0.01], [0.1, 0.1], [0.01, 0.5]]
    >>> det_chart({"DINO": {"det": curve, "EER": 0.1}}).count("polyline")
    1
    """
    low, high = _limits(systems.values())
    x = Scale(probit(low), probit(high), 52, SIZE - 16)
    y = Scale(probit(low), probit(high), SIZE - 46, 26)
    marks = [(probit(t), f"{100 * t:g}") for t in TICKS if low <= t <= high]
    parts = frame(
        x,
        y,
        marks,
        marks,
        "false alarms (% of non-target trials)",
        "misses (% of target trials)",
    )
    parts.append(line(x.start, y.start, x.end, y.end, "reference"))
    for i, (name, system) in enumerate(systems.items()):
        kind = f"s{i % COLOURS}"
        points = [
            (x(probit(alarms)), y(probit(misses)))
            for alarms, misses in system["det"]
            if low <= alarms <= high and low <= misses <= high
        ]
        parts.append(path(points, f"curve {kind}"))
        rate = system["EER"]
        at = probit(min(max(rate, low), high))
        tip = f"{name}: EER {100 * rate:.2f} %"
        parts.append(dot(x(at), y(at), f"mean {kind}", tip, 5.5))
    return svg(SIZE, SIZE, parts, "DET curves")


def _limits(systems):
    """Return the range of both axes: as far down as the trials can tell, and far
    enough up for every equal error rate."""
    inside = [r for s in systems for point in s["det"] for r in point]
    low = min((r for r in inside if LEAST < r < 1 - LEAST), default=0.01)
    worst = max(s["EER"] for s in systems)
    return min(low / 1.2, 0.02), min(max(0.55, 2 * worst), 0.95)
