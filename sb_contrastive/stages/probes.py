"""The protocol of linear probes and floors, for the report."""

from sb_contrastive.experiment.schema import stage_names
from sb_contrastive.systems import System
from sb_contrastive.systems.probing import ProbeStep


def about_probes(experiment):
    """Say in the protocol of the results what was fitted, and which systems are
    normalised by speaker.

    Arguments
    ---------
    experiment : Experiment
        The experiment.

    Returns
    -------
    dict of str to str
        Entries of the protocol.
    """
    by_speaker = []
    for name in stage_names(experiment.document):
        if experiment.blueprint(name).target is not System:
            continue
        system = experiment.system(name)
        if not any(system.finished(share) for share in system.fractions):
            continue
        for step in system.steps:
            options = step.options()
            if step.target is ProbeStep and "normalise" in options:
                if options["normalise"].value == "speaker":
                    by_speaker.append(name)
    told = {
        "selection": "none: linear classifiers with given settings, fitted to "
        "the training and validation parts"
    }
    if by_speaker:
        told["normalised_by_speaker"] = (
            f"{', '.join(by_speaker)}: mean and deviation of each true speaker, "
            f"over all utterances of this speaker, test speakers included; "
            f"a protocol of its own"
        )
    return told
