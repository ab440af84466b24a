"""The protocol that results state: what was heard before any label, how subjects are decided on, what probes were fitted to."""

from pathlib import Path

from speechbrain.utils.logger import get_logger

from sb_contrastive.experiment.provenance.origin import starts_of
from sb_contrastive.experiment.provenance.told import is_elsewhere, start_of
from sb_contrastive.experiment.schema import stage_names
from sb_contrastive.rows.built_in import SYNTHETIC
from sb_contrastive.systems import ProbeStep, System
from sb_contrastive.systems.elsewhere import labels_heard

logger = get_logger(__name__)


def pretraining_protocol(experiment, runs, rows, unlabelled, source):
    """State the audio that encoders have heard before any label.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    runs : list of FinishedSystem
        The systems that are reported.
    rows : list of dict
        Labelled manifest rows.
    unlabelled : str or None
        The value of the experiment.
    source : callable
        Experiment -> unlabelled rows or None.

    Returns
    -------
    str
        "none" where every system starts from random weights.
    """
    # Of an encoder that is frozen for all systems
    start = experiment.hparams.get("start")
    recorded = [start_of(experiment, run.system.name) for run in runs]
    starts = dict.fromkeys([start, *recorded])
    elsewhere = [s for s in starts if s and is_elsewhere(experiment, s)]
    record = experiment.settings.record
    known = starts_of(record, record.read())
    heard = [_of_another(place, known) for place in elsewhere]
    if any(experiment.folder.glob("*/encoder.ckpt")):
        heard.append(_unlabelled(experiment, rows, unlabelled, source))
    if any(experiment.folder.glob("*/fold_*/encoder.ckpt")):
        heard.append("training part of each fold")
    return ", then ".join(heard) or "none"


def _of_another(place, known):
    """Describe a start from elsewhere by what was recorded when it was used."""
    text = f"{place}, of another experiment"
    folder = Path(place).expanduser()
    files = [s for s in known if Path(s["file"]).is_relative_to(folder)]
    for start in files[:1]:
        told = [start["data"]] if "data" in start else []
        told.append(labels_heard(Path(start["file"])))
        if len({Path(s["file"]).parent for s in files}) == 1:  # not of folds
            told.append(f"sha256 {start['sha256'][:12]}")
        text += f" ({'; '.join(filter(None, told))})"
    return text


def recordings_protocol(recordings, folds, system):
    """State how the recordings of subjects were used.

    Arguments
    ---------
    recordings, folds
        See `labelled_rows`.
    system : System
        One of those that are reported.

    Returns
    -------
    dict
        Entries of the protocol; empty for other corpora.
    """
    if not recordings:
        return {}
    chunks = getattr(system.test_chunks, "keywords", {})
    seconds = chunks.get("seconds")
    return {
        "recordings": recordings,
        "folds": f"{folds}, by subject, stratified",
        "decision": f"mean posterior of chunks of {seconds} s every "
        f"{chunks.get('hop') or seconds} s",
    }


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


def _unlabelled(experiment, rows, unlabelled, source):
    found = experiment.once(source)
    shared = {r["wav"] for r in found} & {r["wav"] for r in rows}
    text = f"{len(found)} unlabelled utterances of {unlabelled or SYNTHETIC}"
    if shared:
        text += (
            f", TRANSDUCTIVE: {len(shared)} of them are in the labelled corpus"
        )
        logger.warning(
            f"{len(shared)} labelled files are among the unlabelled ones: the "
            f"encoder has heard test speakers, and the results say so"
        )
    return text
