"""Exports an encoder that trial lists have judged, with a card that says so."""

from sb_contrastive.export.encoder import export_encoder


def export_verified_encoder(
    folder, encoder_yaml, encoder, results, name, notes=(), overrides=""
):
    """Write an encoder as `export_encoder` does; the model card tells what
    its results.json says.

    Arguments
    ---------
    folder, encoder_yaml, encoder, overrides
        As for `export_encoder`.
    results : dict
        What `write_verification` returns.
    name : str
        What the card calls the encoder.
    notes : list of str
        Warnings under its title.

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
        "seed": str(results["seed"]),
        "versions": ", ".join(
            f"{k} {v}" for k, v in results["versions"].items()
        ),
    }
    return export_encoder(folder, encoder_yaml, encoder, card, overrides)


def _scoring(protocol):
    """The ways to score, by title."""
    ways = [
        f"{title} ({', '.join(f'{k}: {v}' for k, v in options.items())})"
        for title, options in protocol["scoring"].items()
    ]
    return f"cosine; {'; '.join(ways)}"
