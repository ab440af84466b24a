"""Plot of a confusion matrix: the shares of each true class by prediction."""

import numpy as np

from sb_contrastive.evaluation.plots.figure import INK, new_figure, save


def confusion_matrix(matrix, classes, path, title="Confusion", note=None):
    """Draws a confusion matrix with the share of each true class and the counts.

    Arguments
    ---------
    matrix : list of lists
        Counts [C, C]; rows are the truth.
    classes : sequence of str
        Names of the C classes.
    path : str or Path
        PNG to write.
    title : str
        Title above the figure.
    note : str, optional
        Small print below the figure, see `corpus_note`.

    Returns
    -------
    path : Path
        The file written.

    Raises
    ------
    ValueError
        If the matrix is not C x C.

    Example
    -------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> counts = [[3, 1], [0, 4]]
    >>> confusion_matrix(counts, ["joy", "sad"], folder + "/sad.png").name
    'sad.png'
    """
    matrix = np.asarray(matrix)
    C = len(classes)
    if matrix.shape != (C, C):
        raise ValueError(
            f"{C} classes need a {C} x {C} confusion matrix, got "
            f"{list(matrix.shape)}"
        )
    share = matrix / np.maximum(matrix.sum(1, keepdims=True), 1)
    size = max(4.2, 1.0 + 0.95 * C)
    figure = new_figure(size + 0.6, size, title, note)
    axes = figure.subplots()
    image = axes.imshow(100 * share, cmap="Blues", vmin=0, vmax=100)
    for i, j in np.ndindex(C, C):
        axes.text(
            j, i, f"{100 * share[i, j]:.0f} %\n({matrix[i, j]})",
            ha="center", va="center", fontsize=9,
            color="white" if share[i, j] > 0.55 else INK,
        )  # fmt: skip
    names = [str(name) for name in classes]
    tilt = 35 if max(map(len, names)) > 9 else 0
    axes.set_xticks(range(C), names, rotation=tilt, ha="right" if tilt else "center")  # fmt: skip
    axes.set_yticks(range(C), names)
    axes.set_xlabel("prediction", color=INK)
    axes.set_ylabel("truth", color=INK)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    bar = figure.colorbar(image, ax=axes, shrink=0.8, label="% of true class")
    bar.outline.set_visible(False)
    return save(figure, path)
