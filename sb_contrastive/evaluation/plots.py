"""PNG plots of a run: training curves, confusion, embedding map, label use.

matplotlib and scikit-learn are imported when a plot is drawn. Figures are made
without pyplot, so no display, no global state and no backend is touched.
"""

import math
from pathlib import Path

import numpy as np

# Okabe and Ito's colours: told apart with any colour vision, and in print
COLOURS = (
    "#0072B2 #D55E00 #009E73 #CC79A7 #E69F00 #56B4E9 #7A5195 #8C564B #4D4D4D "
    "#B8A900 #00A6A6 #A30234"
).split()
LEGEND_ENTRIES = 12
INK, FAINT = "#222222", "#8A8A8A"
# key of the log: (title, factor); listed in the order they are drawn
PANELS = {
    "loss": ("Loss", 1),
    "teacher_entropy": ("Teacher entropy (nats)", 1),
    "kl": ("KL (teacher, student), nats", 1),
    "prototype_perplexity": ("Prototypes in use (perplexity)", 1),
    "embedding_std": ("Embedding spread (1 = isotropic)", 1),
    "mean_cosine": ("Mean cosine of all pairs", 1),
    "effective_rank": ("Effective rank", 1),
    "speaker_eer": ("Speaker EER (%)", 100),
    "EER": ("EER (%)", 100),
    "knn_accuracy": ("kNN accuracy (%)", 100),
    "accuracy": ("Accuracy (%)", 100),
    "WA": ("WA (%)", 100),
    "UA": ("UA (%)", 100),
    "macro_F1": ("Macro-F1 (%)", 100),
    "learning_rate": ("Learning rate", 1),
}


def training_curves(log, path, title="Training", note=None):
    """Small multiples of everything numeric in a training log.

    ``train_x`` and ``valid_x`` share the panel of ``x``. Epochs that lack a
    key, or hold None or NaN, leave a gap in its curve.

    Arguments
    ---------
    log : list of dict
        One per epoch; ``epoch`` is the x axis where given, else 1, 2, ...
    path : str or Path
        PNG to write.
    title : str
        Above the figure.
    note : str, optional
        Small print below it.

    Returns
    -------
    path : Path
        The file written.

    Raises
    ------
    ValueError
        If the log holds no number.

    Example
    -------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> log = [{"epoch": 1, "train_loss": 2.0}, {"epoch": 2, "train_loss": 1.5}]
    >>> training_curves(log, folder + "/curves.png").name
    'curves.png'
    """
    panels = _panels(log)
    if not panels:
        raise ValueError(f"the training log has no number to draw: {log!r}")
    epochs = [row.get("epoch", i) for i, row in enumerate(log, start=1)]
    columns = min(3, len(panels))
    rows = math.ceil(len(panels) / columns)
    figure = _figure(3.6 * columns, 2.5 * rows + 0.7, title, note)
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True).flat
    for (name, curves), axes in zip(panels.items(), grid):
        heading, factor = PANELS.get(name, (_readable(name), 1))
        for i, (label, values) in enumerate(sorted(curves.items())):
            values = np.array(values) * factor
            marker = "o" if len(log) <= 40 else None
            axes.plot(
                epochs, values, marker, ls="-", color=COLOURS[i], label=label
            )
        _dress(axes, heading)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.tick_params(labelbottom=True)
        if len(curves) > 1:
            axes.legend(frameon=False, fontsize=8)
    for axes in figure.axes[len(panels) :]:
        axes.set_visible(False)
    for axes in figure.axes[max(0, len(panels) - columns) : len(panels)]:
        axes.set_xlabel("epoch", color=INK, fontsize=9)
    return _save(figure, path)


def _panels(log):
    """{panel: {curve: [value or NaN per epoch]}}, known panels first."""
    panels = {}
    for key in dict.fromkeys(key for row in log for key in row):
        values = [_number(row.get(key)) for row in log]
        if key == "epoch" or not np.isfinite(values).any():
            continue
        stage, _, rest = key.partition("_")
        if stage in ("train", "valid") and rest:
            panels.setdefault(rest, {})[stage] = values
        else:
            panels.setdefault(key, {})[_readable(key)] = values
    order = [*PANELS, *panels]
    return {name: panels[name] for name in sorted(panels, key=order.index)}


def _number(value):
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number else math.nan


def confusion_matrix(matrix, classes, path, title="Confusion", note=None):
    """Confusion matrix with the share of each true class and the counts.

    Arguments
    ---------
    matrix : list of lists
        Counts [C, C]; rows are the truth.
    classes : sequence of str
        Names of the C classes.
    path : str or Path
        PNG to write.
    title : str
        Above the figure.
    note : str, optional
        Small print below it.

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
    figure = _figure(size + 0.6, size, title, note)
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
    return _save(figure, path)


def embedding_map(
    embeddings, colourings, path, title="Embeddings", note=None, max_points=2000
):
    """One 2-D map of the embeddings, drawn once per colouring.

    t-SNE of the unit embeddings (PCA start, fixed seed), or their first two
    principal components where there are fewer than ten points or all of them
    have collapsed into one. Distances between clusters mean
    little; which points lie together does.

    Arguments
    ---------
    embeddings : array or tensor
        Raw embeddings [N, D].
    colourings : dict
        {name: [N labels]}, e.g. {"speaker": [...], "emotion": [...]}.
    path : str or Path
        PNG to write.
    title : str
        Above the figure.
    note : str, optional
        Small print below it.
    max_points : int
        Larger sets are thinned to this many, at random with a fixed seed, and
        the title says so.

    Returns
    -------
    path : Path
        The file written.

    Raises
    ------
    ValueError
        If there are fewer than two embeddings, one is not finite, or there is
        no colouring, or one of another length.

    Example
    -------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> z = np.eye(4)
    >>> embedding_map(z, {"speaker": "aabb"}, folder + "/map.png").name
    'map.png'
    """
    if hasattr(embeddings, "detach"):
        embeddings = embeddings.detach().float().cpu().numpy()
    z = np.asarray(embeddings, dtype=np.float64)
    N = len(z)
    if N < 2 or not colourings:
        raise ValueError(
            f"a map needs two embeddings and a colouring, got {N} and "
            f"{len(colourings)}"
        )
    if not np.isfinite(z).all():
        raise ValueError(f"some of the {N} embeddings are not finite")
    for name, labels in colourings.items():
        if len(labels) != N:
            raise ValueError(
                f"{N} embeddings but {len(labels)} labels in colouring {name!r}"
            )
    kept = np.arange(N)
    if N > max_points:
        kept = np.random.default_rng(0).choice(N, max_points, replace=False)
        title = f"{title} ({max_points} of {N})"
    points, method = _project(z[kept])
    panels = len(colourings)
    figure = _figure(5.6 * panels, 4.6, f"{title}, {method}", note)
    grid = figure.subplots(1, panels, squeeze=False).flat
    for axes, (name, labels) in zip(grid, colourings.items()):
        labels = np.array([str(label) for label in labels])[kept]
        _scatter(axes, points, labels, name)
    return _save(figure, path)


def _project(z):
    """2-D points [N, 2] of embeddings [N, D] and the method's name."""
    N = len(z)
    z = z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-12)
    centred = z - z.mean(0)
    _, spread, axes = np.linalg.svd(centred, full_matrices=False)
    # t-SNE wants neighbours; and scikit-learn divides by the spread, so that
    # collapsed embeddings would crash the interpreter, not raise an error
    if N < 10 or len(spread) < 2 or spread[0] < 1e-5 * N**0.5:
        points = centred @ axes[:2].T  # [N, <=2]
        # embeddings of one dimension: a line
        return np.pad(points, ((0, 0), (0, 2 - points.shape[1]))), "PCA"
    from sklearn.manifold import TSNE

    perplexity = min(30, (N - 1) / 3)
    tsne = TSNE(2, perplexity=perplexity, init="pca", random_state=0)
    return tsne.fit_transform(z), "t-SNE"


def _scatter(axes, points, labels, name):
    names = np.unique(labels)
    colours = COLOURS
    if len(names) > len(COLOURS):
        from matplotlib import colormaps

        colours = colormaps["turbo"](np.linspace(0.04, 0.96, len(names)))
        # neighbours in the alphabet should not look alike
        np.random.default_rng(0).shuffle(colours)
    # with too many names the last entry says how many are left out
    named = LEGEND_ENTRIES - (len(names) > LEGEND_ENTRIES)
    size = float(np.clip(6000 / len(points), 8, 50))
    for i, label in enumerate(names):
        at = labels == label
        axes.scatter(
            *points[at].T, s=size, alpha=0.85, linewidths=0.3,
            edgecolors="white", color=colours[i],
            label=label if i < named else None,
        )  # fmt: skip
    if len(names) > named:
        axes.plot([], [], " ", label=f"and {len(names) - named} more")
    axes.legend(
        frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5),
        handletextpad=0.2,
    )  # fmt: skip
    _dress(axes, f"by {name}")
    axes.grid(False)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def label_efficiency(
    curves, path, title="Label efficiency", note=None, chance=None
):
    """UA against the share of labels used, one line with a band per system.

    Arguments
    ---------
    curves : dict
        {system: {fraction of labels: (mean, low, high)}}, UA as fractions.
    path : str or Path
        PNG to write.
    title : str
        Above the figure.
    note : str, optional
        Small print below it.
    chance : float, optional
        UA of guessing, as a fraction: a dashed line.

    Returns
    -------
    path : Path
        The file written.

    Raises
    ------
    ValueError
        If there is nothing to draw, or a fraction lies outside (0, 1].

    Example
    -------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> curves = {"DINO": {0.1: (0.5, 0.4, 0.6), 1.0: (0.7, 0.6, 0.8)}}
    >>> label_efficiency(curves, folder + "/labels.png").name
    'labels.png'
    """
    fractions = sorted({f for curve in curves.values() for f in curve})
    if not fractions:
        raise ValueError(
            "label efficiency has no system or no fraction to draw"
        )
    if fractions[0] <= 0 or fractions[-1] > 1:
        raise ValueError(
            f"fractions of labels lie above 0 and up to 1, got {fractions}"
        )
    figure = _figure(6.4, 4.4, title, note)
    axes = figure.subplots()
    for i, (system, curve) in enumerate(curves.items()):
        x = sorted(curve)
        mean, low, high = 100 * np.array([curve[f] for f in x]).T
        percent = 100 * np.array(x)
        colour = COLOURS[i % len(COLOURS)]
        axes.fill_between(percent, low, high, color=colour, alpha=0.13, lw=0)
        error = [mean - low, high - mean]
        axes.errorbar(
            percent, mean, error, marker="o", color=colour, label=system,
            elinewidth=1, capsize=2.5,
        )  # fmt: skip
    if chance is not None:
        axes.axhline(100 * chance, ls="--", lw=1, color=FAINT, label="chance")
    axes.set_xscale("log")
    axes.set_xticks([100 * f for f in fractions])
    axes.set_xticklabels([f"{100 * f:g}" for f in fractions])
    axes.minorticks_off()
    _dress(axes, "")
    axes.set_xlabel("% of training labels used", color=INK)
    axes.set_ylabel("UA (%)", color=INK)
    axes.legend(frameon=False, fontsize=9)
    return _save(figure, path)


def _figure(width, height, title, note):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    figure.suptitle(title, fontsize=12, fontweight="bold", color=INK)
    if note:
        figure.supxlabel(note, fontsize=8, color=FAINT)
    return figure


def _dress(axes, heading):
    axes.set_title(heading, fontsize=10, color=INK, loc="left")
    axes.grid(True, color="#E6E6E6", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("#BBBBBB")
    axes.tick_params(colors="#555555", labelsize=8)
    for line in axes.lines:
        line.set(linewidth=1.6, markersize=3.5)


def _readable(key):
    return key[:1].upper() + key[1:].replace("_", " ")


def _save(figure, path):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150, format="png", facecolor="white")
    return path
