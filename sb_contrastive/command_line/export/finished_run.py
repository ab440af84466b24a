"""Makes the model folder of a run that has finished: nothing is trained where weights exist."""

from pathlib import Path

from sb_contrastive.experiment import Experiment
from sb_contrastive.experiment.overriding.overrides import parse_arguments
from sb_contrastive.experiment.overriding.run_options import DEBUG, as_words
from sb_contrastive.experiment.provenance.lock import locked
from sb_contrastive.experiment.schema import stage_names
from sb_contrastive.stages.exporting import export, export_pretrained

FILE = "experiment.yaml"


def is_run(folder):
    """Tell whether a folder is the output folder of an experiment.

    Arguments
    ---------
    folder : str or pathlib.Path
        Any folder.

    Returns
    -------
    bool
    """
    return (Path(folder) / FILE).is_file()


def export_run(folder, system=None, all_data=False):
    """Run the stage of an experiment that exports, by itself.

    Arguments
    ---------
    folder : str or pathlib.Path
        Its output folder.
    system : str, optional
        The system to export; that of its stage `export` when absent.
    all_data : bool
        Whether the model is one of all data, see `export`; it is trained if it
        is not there yet, with the run options (--debug, --precision) that the run
        was trained with.

    Returns
    -------
    pathlib.Path
        The folder of the model.

    Raises
    ------
    FileNotFoundError, ValueError
        When there is nothing to export.
    """
    folder = Path(folder)
    before = Experiment(folder / FILE, f"output_folder: {folder}")
    name, is_classifier = _stage(folder, before)
    given = [f"stages: [{name}]", f"output_folder: {folder}"]
    if is_classifier:
        options = [f"system: {system}"] if system else []
        options += ["trained_on: all"] if all_data else []
        if options:
            given.append(f"{name}: {{{', '.join(options)}}}")
    elif system or all_data:
        raise ValueError(
            f"{folder} holds an encoder and no finished system: leave out "
            f"--system and --all_data, or run its systems first"
        )
    # As it was trained: --debug and --precision are in no YAML
    options = as_words(before.settings.run_options())
    run_opts = parse_arguments([str(folder / FILE), *options])[1]
    experiment = Experiment(folder / FILE, "\n".join(given), run_opts)
    if experiment.debug and experiment.folder != folder:
        raise ValueError(
            f"{folder} holds a debug run, whose folder ends with {DEBUG}: call "
            f"it {experiment.folder.name} again"
        )
    stage = experiment.blueprint(name)
    with locked(experiment.folder):
        stage.check()
        experiment.settings.begin(name)
        stage.call(name)
    return folder / ("model" if is_classifier else "encoder")


def _stage(folder, experiment):
    """Find the stage that exports, and tell whether it exports a classifier."""
    names = stage_names(experiment.document)
    targets = {name: experiment.blueprint(name).target for name in names}
    finished = any(folder.glob("labels_*/*/fold_*/predictions.csv"))
    wanted = export if finished else export_pretrained
    found = [name for name, target in targets.items() if target is wanted]
    if not found:
        raise ValueError(
            f"{folder / FILE} has no stage that exports "
            f"{'a system' if finished else 'an encoder'}: its stages are "
            f"{', '.join(names)}"
        )
    return found[0], finished
