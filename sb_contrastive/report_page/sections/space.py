"""Section of the map of embeddings."""

from markupsafe import Markup

from sb_contrastive.report_page.charts.point_map import point_map
from sb_contrastive.report_page.html import Section
from sb_contrastive.report_page.pictures import picture


def space(run):
    """Show the map that the run has drawn, with names under the mouse.

    Arguments
    ---------
    run : RunFolder
        Any run.

    Returns
    -------
    Section or None
    """
    found = run.read("plots/embeddings.json")
    if found is None:
        old = picture(run, "plots/embeddings.png", "Map of the embeddings")
        text = "Each dot is an utterance."
        return Section("Map of the embeddings", text, old) if old else None
    maps = [
        point_map(found["points"], found["names"], labels, name)
        for name, labels in found["colourings"].items()
    ]
    return Section(
        "Map of the embeddings",
        f"{found['title']} ({found['method']}). Each mark is an utterance; the "
        f"mouse shows its name, and a name in the legend picks its marks. What "
        f"lies together is alike; distances between clusters mean nothing.",
        Markup('<div class="grid">{}</div>').format(Markup("").join(maps)),
    )
