"""Exports an encoder with its verification results in the model card."""

from sb_contrastive.evaluation.verification.scores.trial_scores import OPTIONS
from sb_contrastive.evaluation.verification.verify_encoders import (
    scored_title,
)
from sb_contrastive.export.cards.start_section import start_section
from sb_contrastive.export.encoder import export_encoder
from sb_contrastive.export.usage import Usage


def export_verified_encoder(
    folder,
    encoder_yaml,
    encoder,
    results,
    name,
    notes=(),
    overrides="",
    usage=Usage(),
):
    """Write an encoder as `export_encoder` does, with the results of its
    verification in the model card.

    Arguments
    ---------
    folder, encoder_yaml, encoder, overrides
        See `export_encoder`.
    results : dict
        The results that `write_verification` returns.
    name : str
        Name of the encoder in the card.
    notes : list of str
        Warnings under the title of the card.
    usage : Usage
        How silence was cut in training; the threshold comes from the results.

    Returns
    -------
    pathlib.Path
        The folder.
    """
    protocol = results["protocol"]
    notes = list(notes)
    if protocol["synthetic"]:
        notes.insert(0, "Trained on synthetic speech: for trying things out.")
    lines = [
        f"{trials}, {title}: EER {report['EER']:.2%}, minDCF(0.01) "
        f"{report['minDCF_0.01']:.3f}"
        for trials, reports in results["metrics"].items()
        for title, report in reports.items()
    ]
    card = {
        "title": f"{results['experiment']}: {name}",
        "note": " ".join(notes),
        "task": results["task"],
        "data": f"{protocol['corpus']}, {protocol['training_utterances']} utterances",
        "protocol": _scoring(protocol),
        "metrics": ". ".join(lines),
        "command": results["command"],
        "start": start_section(results.get("starts", [])),
        "seed": str(results["seed"]),
        "versions": ", ".join(
            f"{k} {v}" for k, v in results["versions"].items()
        ),
    }
    usage = _with_threshold(usage, results, name)
    return export_encoder(folder, encoder_yaml, encoder, card, overrides, usage)


def _with_threshold(usage, results, stage):
    """Add the threshold of equal error rate that was measured with the encoder of
    a stage, by the plain cosine of whole files, on the first trial list."""
    protocol = results["protocol"]
    encoders = protocol.get("encoders", {"": stage})  # alone it has no title
    for scoring, options in protocol["scoring"].items():
        if {**OPTIONS, **options} != OPTIONS:
            continue  # scores on another scale than `verify` computes
        for title in (t for t, found in encoders.items() if found == stage):
            title = scored_title(title, scoring)
            for trials, reports in results["metrics"].items():
                if title in reports:
                    threshold = reports[title]["EER_threshold"]
                    return usage._replace(threshold=threshold, trials=trials)
    return usage


def _scoring(protocol):
    """Name the ways of scoring and their options."""
    ways = [
        f"{title} ({', '.join(f'{k}: {v}' for k, v in options.items())})"
        for title, options in protocol["scoring"].items()
    ]
    return f"cosine; {'; '.join(ways)}"
