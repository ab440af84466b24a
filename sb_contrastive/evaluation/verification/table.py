"""Plain-text table of verification results, for the terminal."""

from sb_contrastive.evaluation.text_table import aligned

GLOSSARY = "What EER and minDCF are: docs/glossary.md."
HEADINGS = ("EER %", "EER 95 % interval", "minDCF 0.01", "0.05")
# Only where the log-likelihood ratios of a calibration were judged
CALIBRATED = {
    "Cllr": "Cllr",
    "min_Cllr": "min Cllr",
    "actDCF_0.01": "actDCF 0.01",
    "actDCF_0.05": "0.05",
}


def verification_table(reports):
    """Makes a plain-text table with a block for each trial list and a line for
    each system.

    Arguments
    ---------
    reports : dict
        {trial list: {system: report}}, reports as `verification_report`
        returns them.

    Returns
    -------
    table : str
        Several lines; the number of trials stands below each block.

    Example
    -------
    >>> report = {
    ...     "EER": 0.05, "minDCF_0.01": 0.4, "minDCF_0.05": 0.25, "targets": 3,
    ...     "nontargets": 5, "intervals": {}, "interval_method": "none",
    ... }
    >>> print(verification_table({"O": {"SimCLR": report}}))
    O       EER %  EER 95 % interval  minDCF 0.01   0.05
    SimCLR   5.00                  -        0.400  0.250
    3 target and 5 non-target trials; intervals: none
    What EER and minDCF are: docs/glossary.md.
    """
    blocks = []
    for trials, systems in reports.items():
        calibrated = any("Cllr" in report for report in systems.values())
        more = CALIBRATED if calibrated else {}
        lines = [[trials, *HEADINGS, *more.values()]]
        for system, report in systems.items():
            lines.append(
                [
                    system,
                    f"{100 * report['EER']:.2f}",
                    _interval(report["intervals"].get("EER")),
                    f"{report['minDCF_0.01']:.3f}",
                    f"{report['minDCF_0.05']:.3f}",
                    *(
                        f"{report[key]:.3f}" if key in report else "-"
                        for key in more
                    ),
                ]
            )
        text = list(aligned(lines))
        text.append(
            f"{report['targets']} target and {report['nontargets']} non-target "
            f"trials; intervals: {report['interval_method']}"
        )
        blocks.append("\n".join(text))
    return "\n\n".join(blocks) + f"\n{GLOSSARY}"


def _interval(limits):
    """Format an interval in percent, or a dash where there is none."""
    if limits is None:
        return "-"
    return f"{100 * limits[0]:.2f} to {100 * limits[1]:.2f}"
