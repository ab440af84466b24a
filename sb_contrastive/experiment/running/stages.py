"""The stages of a call: all of them are checked, and what they take is built once, before the first one runs."""

from speechbrain.utils.distributed import run_on_main
from speechbrain.utils.logger import get_logger

from sb_contrastive.experiment.schema import shared_values
from sb_contrastive.experiment.yaml_errors import build_once
from sb_contrastive.process.user_errors import is_user_error
from sb_contrastive.progress import current
from sb_contrastive.training.garbage import keep_libraries_out

logger = get_logger(__name__)


def run_stages(experiment, stages):
    """Check stages, then run them in order.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    stages : list of str
        Names of stages that the YAML has.
    """
    _check(experiment, stages)
    keep_libraries_out()
    if experiment.debug:
        logger.warning(
            f"DEBUG RUN: a few batches of a few epochs, in "
            f"{experiment.folder}; its results tell nothing"
        )
    run_on_main(experiment.write_resolved)
    for number, name in enumerate(stages, start=1):
        with current().stage(name, number, len(stages)):
            experiment.settings.begin(name)
            stage = experiment.blueprint(name).call(name)
            if hasattr(stage, "run"):  # a system, made before it runs
                stage.run()


def _check(experiment, stages):
    """Let the stages refuse what they cannot work with, then build their values."""
    try:
        for name in stages:
            experiment.blueprint(name).check()
    except Exception as error:
        if not is_user_error(error):  # of a value, maybe: then by its name
            _build_once(experiment, stages)
        raise
    _build_once(experiment, stages)


def _build_once(experiment, stages):
    document = experiment.document
    used = _used(document, stages)
    build_once(document, used, experiment.hparams_file)


def _used(document, stages):
    """List the stages, and the values that they take."""
    nodes, names = document.nodes, dict.fromkeys(stages)
    for stage in stages:
        names |= shared_values(document, nodes[stage])
    return [name for name in names if name in nodes]
