"""Section of the confusion matrices of a classification."""

from markupsafe import Markup

from sb_contrastive.report_page.html import Section


def confusions(run):
    """Show the confusion matrix of each system.

    Arguments
    ---------
    run : RunFolder
        Of a classification.

    Returns
    -------
    Section
    """
    matrices = [
        _matrix(title, entry["pooled"], len(entry["folds"]))
        for title, entry in run.metrics.items()
    ]
    return Section(
        "What is taken for what",
        f"Rows are the true classes, columns what was predicted, in percent "
        f"of the true class with the counts below. Corpus: {run.corpus}.",
        Markup('<div class="grid">{}</div>').format(Markup("").join(matrices)),
    )


def _matrix(title, report, folds):
    """Make a table whose cells are shaded by their share."""
    classes, confusion = report["classes"], report["confusion"]
    head = Markup("").join(
        Markup('<th scope="col">{}</th>').format(c) for c in classes
    )
    lines = []
    for name, counts in zip(classes, confusion):
        total = sum(counts) or 1
        cells = Markup("").join(
            Markup(
                '<td style="--share:{:.3f}" class="{}" data-tip="{}: {} of {} are '
                'called {}">{:.0f}<small>{}</small></td>'
            ).format(
                n / total,
                "full" if n / total > 0.8 else "",
                name,
                n,
                sum(counts),
                other,
                100 * n / total,
                n,
            )
            for other, n in zip(classes, counts)
        )
        lines.append(
            Markup('<tr><th scope="row">{}</th>{}</tr>').format(name, cells)
        )
    over = "1 fold" if folds == 1 else f"{folds} folds pooled"
    return Markup(
        '<figure><figcaption>{}, {}</figcaption><div class="wide">'
        '<table class="matrix"><tr><th></th>{}</tr>{}</table></div></figure>'
    ).format(title, over, head, Markup("").join(lines))
