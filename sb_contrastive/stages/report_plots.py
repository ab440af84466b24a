"""Plots of stage `report`: training curves, label efficiency, a map of embeddings."""

import json

from sb_contrastive.encoders.weights import load_weights
from sb_contrastive.evaluation import plots
from sb_contrastive.evaluation.classification.outputs import plot_name
from sb_contrastive.evaluation.corpus_note import corpus_title
from sb_contrastive.evaluation.embeddings.embed import embed
from sb_contrastive.rows.built_in import labelled_corpus
from sb_contrastive.systems.folders import (
    pretrained_weights,
    pretraining_logs,
)


def draw_report(experiment, runs, summary, rows, note):
    """Draw training curves, label efficiency and a map of the embeddings into
    `plots/`, beside the confusion matrices.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    runs : list of FinishedSystem
        The systems that are reported.
    summary : dict
        From `summarise`, by the same titles.
    rows : list of dict
        Labelled manifest rows.
    note : str
        The line below every plot.
    """
    folder = experiment.folder / "plots"
    folder.mkdir(exist_ok=True)
    # One of each kind is enough to try the lines
    some = slice(1) if experiment.debug else slice(None)
    for path in pretraining_logs(experiment)[some]:
        place = path.parent.relative_to(experiment.folder)
        told = " ".join(place.parts).replace("fold_", "fold ")
        title = f"{experiment.hparams['experiment']}: training of stage {told}"
        log = json.loads(path.read_text())["epochs"]
        plots.training_curves(
            log, folder / f"{'_'.join(place.parts)}.png", title, note
        )
    for run in runs[some]:
        fold, log = next(iter(run.logs.items()))
        for step, figures in log.items():
            if not figures["epochs"]:  # fitted without any
                continue
            plots.training_curves(
                figures["epochs"],
                folder / f"training_{plot_name(run.title)}_{step}.png",
                f"{run.title}, fold {fold}: training of step {step}",
                note,
            )
    if len({run.fraction for run in runs}) > 1:
        plots.label_efficiency(
            _efficiency(runs, summary),
            folder / "label_efficiency.png",
            f"Label efficiency on {_corpus(experiment)}",
            note=note,
        )
    first = next(iter(runs[0].folds))
    _draw_embeddings(experiment, first, rows, folder / "embeddings.png", note)


def _corpus(experiment):
    return corpus_title(experiment.call(labelled_corpus))


def _efficiency(runs, summary):
    """Collect the curve of each system: {share of labels: (UA, low, high)}."""
    curves = {}
    for run in runs:
        mean = summary[run.title]["pooled"]["UA"]
        low, high = summary[run.title]["intervals"].get("UA", [mean, mean])
        curve = curves.setdefault(run.system.name, {})
        curve[run.fraction] = (mean, low, high)
    return curves


def _draw_embeddings(experiment, fold, rows, path, note):
    """Draw a map of the pretrained embeddings of one test fold, untouched by labels."""
    if not list(experiment.folder.glob("pretrain/**/encoder.ckpt")):
        return
    encoder = experiment.build("encoder")["encoder"]
    weights = pretrained_weights(experiment, "pretrain", fold)
    load_weights(encoder, weights)
    embeddings = embed(encoder, rows)
    plots.embedding_map(
        embeddings,
        {
            "speaker": [r.get("spk_id", "?") for r in rows],
            "class": [r["label"] for r in rows],
        },
        path,
        f"Embeddings of {_corpus(experiment)} after pretraining, before any label",
        note,
        names=[r["ID"] for r in rows],
    )
