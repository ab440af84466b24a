"""Sections of a speaker verification: systems, table, DET curves, score histograms."""

from markupsafe import Markup

from sb_contrastive.report_page.charts.axes import legend
from sb_contrastive.report_page.charts.det_chart import det_chart
from sb_contrastive.report_page.charts.dot_chart import Row, dot_chart
from sb_contrastive.report_page.charts.histogram import score_chart
from sb_contrastive.report_page.charts.line_chart import side_by_side
from sb_contrastive.report_page.html import (
    Section,
    between,
    figure,
    percent,
    table,
)
from sb_contrastive.report_page.pictures import picture

RANDOM = "random weights"


def headline(run):
    """Say in one sentence what came out.

    Arguments
    ---------
    run : RunFolder
        Of a speaker verification.

    Returns
    -------
    str
    """
    name, systems = next(iter(run.metrics.items()))
    told = [
        f"{title or run.name} {percent(report['EER'])} %"
        for title, report in systems.items()
    ]
    shown = told if len(told) <= 4 else [*told[:3], told[-1]]
    return f"EER on {name}: {'; '.join(shown)} (50 % is chance)."


def systems(run):
    """Draw the EER of each system on each list.

    Arguments
    ---------
    run : RunFolder
        Of a speaker verification.

    Returns
    -------
    Section
    """
    body = Markup("")
    for name, reports in run.metrics.items():
        rows = [
            Row(
                title or run.name,
                [],
                100 * report["EER"],
                _percents(report["intervals"].get("EER")),
                f"{title}: EER {percent(report['EER'], 2)} %",
            )
            for title, report in reports.items()
        ]
        floor = reports.get(RANDOM)
        lines = [(RANDOM, 100 * floor["EER"])] if floor else []
        report = next(iter(reports.values()))
        body += figure(
            dot_chart(rows, "EER (%), lower is better", lines),
            f"Trial list {name}: {report['targets']} trials of one speaker, "
            f"{report['nontargets']} of two. The dot is the EER, the bar its "
            f"95 % interval.",
        )
        body += table(
            ["system", "EER %", "95 % interval", "minDCF 0.01", "minDCF 0.05"],
            [
                [
                    title or run.name,
                    percent(report["EER"], 2),
                    between(report["intervals"].get("EER"), 2),
                    f"{report['minDCF_0.01']:.3f}",
                    f"{report['minDCF_0.05']:.3f}",
                ]
                for title, report in reports.items()
            ],
            f"Intervals: {report.get('interval_method', 'none')}.",
        )
    return Section(
        "Which system is better?",
        "The EER is the error at the threshold where one speaker is taken for "
        "two as often as two for one. What random weights reach without any "
        "training is the floor to beat.",
        body,
    )


def _percents(limits):
    return limits and tuple(100 * v for v in limits)


def curves(run):
    """Draw the DET curves of each list, and the scores of each system.

    Arguments
    ---------
    run : RunFolder
        Of a speaker verification.

    Returns
    -------
    Section or None
    """
    body = Markup("")
    for name, reports in run.metrics.items():
        found = run.read(f"plots/trials_{name}.json")
        if found is None:  # of an earlier version
            body += picture(run, f"plots/det_{name}.png", name)
            body += picture(run, f"plots/scores_{name}.png", name)
            continue
        known = {t: found[t] for t in reports if t in found}
        named = {
            title or run.name: {**system, "EER": reports[title]["EER"]}
            for title, system in known.items()
        }
        body += figure(
            Markup('<div class="middling">{}{}</div>').format(
                legend(list(named)), det_chart(named)
            ),
            f"Trial list {name}: errors of both kinds at every threshold. "
            f"Lower is better; dots are equal error rates.",
        )
        charts = [
            score_chart(
                title or run.name,
                system["histogram"],
                reports[title]["EER_threshold"],
            )
            for title, system in known.items()
        ]
        samples = legend(["one speaker", "two speakers"], ["s0", "s1"])
        body += figure(
            samples + side_by_side(charts),
            "Scores, in percent of the trials of each kind: the less both "
            "kinds overlap, the better. The dashed line is the threshold of "
            "equal error rate.",
        )
    if not body:
        return None
    return Section(
        "Errors at every threshold",
        "A stricter threshold takes fewer strangers for one speaker (false "
        "alarms) and rejects more recordings of one speaker (misses).",
        body,
    )
