"""Shows what the runs of a study have chosen without labels, as a table."""

from sb_contrastive.evaluation.embeddings.label_free.ranking import GOODNESS
from sb_contrastive.evaluation.markdown_table import markdown_table


def choices_markdown(choices):
    """Write what was chosen as a section of Markdown.

    Arguments
    ---------
    choices : dict
        From `all_choices`.

    Returns
    -------
    str

    Example
    -------
    >>> row = {"value": 0.1, "mean_rank": 1.0, **dict.fromkeys(GOODNESS, 0.5)}
    >>> print(choices_markdown({"swav": {"key": "lr", "value": 0.1, "tries": [row]}}))
    ## What was chosen without labels
    <BLANKLINE>
    The first seed has one try for each candidate; the best average rank over measures without labels is used with every seed.
    <BLANKLINE>
    | run | value | rankme | alpha_req | lidar | crop_eer | cluster_stability | mean rank |
    |---|---|---|---|---|---|---|---|
    | swav | **lr 0.1** | 0.500 | 0.500 | 0.500 | 0.500 | 0.500 | 1.0 |
    """
    cells = []
    for name, choice in choices.items():
        for row in choice["tries"]:
            value = f"{choice['key']} {row['value']}"
            if row["value"] == choice["value"]:
                value = f"**{value}**"
            measures = [f"{row[m]:.3f}" for m in GOODNESS]
            cells.append([name, value, *measures, f"{row['mean_rank']:.1f}"])
    lines = [
        "## What was chosen without labels",
        "",
        "The first seed has one try for each candidate; the best average rank "
        "over measures without labels is used with every seed.",
        "",
        *markdown_table(["run", "value", *GOODNESS, "mean rank"], cells),
    ]
    return "\n".join(lines)
