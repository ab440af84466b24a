"""Writes the model card of a cross-validated classifier."""

from sb_contrastive.export.cards.start_section import start_section


def classifier_card(results, system, fold, notes=(), uncut=None):
    """Write the model card of a system, or of the pretraining it starts from.

    Arguments
    ---------
    results : dict
        The content of results.json, see `write_classification`.
    system : str
        Title of the system. Where `metrics` does not hold it, the card gives
        its origin but no score.
    fold : str or None
        The test fold, on which this model was not trained; None for a model of
        all data, which nothing is left to test.
    notes : list of str
        Warnings under the title.
    uncut : dict, optional
        Report on the test fold with audio as it is, where silence was cut in
        training: SpeechBrain alone hears that.

    Returns
    -------
    dict
        Text by section, see `model_card`.
    """
    protocol, notes = results["protocol"], list(notes)
    if protocol["synthetic"]:
        notes.insert(0, "Trained on synthetic speech: for trying things out.")
    card = {
        "title": f"{results['experiment']}: {system}",
        "note": " ".join(notes),
        "command": results["command"],
        "start": start_section(results.get("starts", [])),
        "seed": str(results["seed"]),
        "versions": ", ".join(
            f"{k} {v}" for k, v in results["versions"].items()
        ),
        "data": f"{protocol['corpus']}; pretraining: {protocol['pretraining']}",
    }
    if fold is None:  # see `pretrain_on_all`
        card["data"] = card["data"].replace(
            "training part of each fold", "the labelled audio of all folds"
        )
    scores = results["metrics"].get(system)
    if scores is not None and fold is None:
        card["task"] = f"{results['task']}: {', '.join(protocol['classes'])}"
        card |= _of_all_data(protocol, scores)
    elif scores is not None:
        unseen = scores["folds"][fold]
        card["task"] = f"{results['task']}: {', '.join(protocol['classes'])}"
        card["protocol"] = (
            f"{protocol['split']}; {protocol['selection']}. This model has not "
            f"seen fold {fold}."
        )
        cut = " with the silence cut as in training" if uncut else ""
        alone = (
            ""
            if not uncut
            else (
                f" With files as they are, which is what SpeechBrain alone hears: "
                f"WA {uncut['WA']:.1%}, UA {uncut['UA']:.1%}."
            )
        )
        card["metrics"] = (
            f"Fold {fold}: WA {unseen['WA']:.1%}, UA {unseen['UA']:.1%}"
            f"{cut}.{alone} Mean "
            f"of folds: WA {scores['mean']['WA']:.1%}, UA "
            f"{scores['mean']['UA']:.1%}."
        )
    return card


def _of_all_data(protocol, scores):
    """Write the sections of a model that was trained on all folds."""
    return {
        "protocol": (
            f"Trained on the labelled data of all {len(scores['folds'])} folds, "
            f"with the settings of cross-validation, as many steps, and the last "
            f"weights: no utterance was left to test this model on, or to choose "
            f"between epochs. The estimate comes from: {protocol['split']}; "
            f"{protocol['selection']}."
        ),
        "metrics": (
            f"This model itself was not tested. Cross-validated estimate, the mean "
            f"of the folds' models: WA {scores['mean']['WA']:.1%}, UA "
            f"{scores['mean']['UA']:.1%}."
        ),
    }
