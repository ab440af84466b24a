"""One call of an experiment, from the look whether there is anything to do to the list of what lies where."""

import time

from speechbrain.utils.distributed import ddp_barrier, run_on_main
from speechbrain.utils.logger import get_logger

from sb_contrastive.experiment.checks import check_stage
from sb_contrastive.experiment.provenance.account import closing, opening
from sb_contrastive.experiment.provenance.completion import Completion
from sb_contrastive.experiment.provenance.kept_warnings import kept_warnings
from sb_contrastive.experiment.provenance.lock import locked
from sb_contrastive.experiment.provenance.shared_folder import check_shared
from sb_contrastive.experiment.running.stages import run_stages
from sb_contrastive.experiment.schema import stage_names
from sb_contrastive.progress import current
from sb_contrastive.progress.duration import duration
from sb_contrastive.suggestions import did_you_mean

logger = get_logger(__name__)


def run_experiment(experiment):
    """Run the stages named in `stages`, unless the same call has finished already.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    """
    stages = _known_stages(experiment)
    check_shared(experiment.folder)
    run_on_main(experiment.settings.check, args=[stages])
    mark = Completion(
        experiment.folder,
        stages,
        experiment.resolved,
        experiment.run_opts,
        experiment.hparams_file,
    )
    on = _finished_on(experiment, mark, stages)
    ddp_barrier()  # all processes have looked before one goes on
    if on is not None:
        current().say(f"nothing to do: finished on {on}. There is")
        _say_what_lies_where(experiment.folder)
        return
    begin = time.monotonic()
    for line in opening(experiment, stages):
        current().say(line)
    current().say("Checking all stages: audio, folds, networks")
    with locked(experiment.folder), kept_warnings(experiment.folder):
        run_stages(experiment, stages)
        if not experiment.debug:
            run_on_main(mark.write)
        run_on_main(_write_page, args=[experiment.folder])
    took = duration(time.monotonic() - begin)
    current().say(f"Finished after {took}. There is")
    _say_what_lies_where(experiment.folder)


def _known_stages(experiment):
    """List the stages of this call, each of which the YAML has."""
    stages = list(experiment.hparams["stages"])
    known = stage_names(experiment.document)
    for name in stages:
        if name not in known:
            raise ValueError(
                f"{experiment.hparams_file} has no stage {name!r}"
                f"{did_you_mean(name, known)}"
            )
        check_stage(experiment.document, name, experiment.hparams_file)
    return stages


def _finished_on(experiment, mark, stages):
    """Return when this call has finished before; None where it has not."""
    changes = experiment.settings.record.changes
    if experiment.debug or any(map(changes, stages)):
        return None
    return mark.finished_on()


def _say_what_lies_where(folder):
    for line in closing(folder):
        current().say(line)


def _write_page(folder):
    """Leave report.html; a fault of it is no reason to fail a finished run."""
    try:
        from sb_contrastive.report_page import has_run, write_page

        if has_run(folder):
            write_page(folder)
    except Exception as error:
        logger.warning(
            f"the page of this run could not be written ({error}); "
            f"`sb-contrastive report {folder}` tries again"
        )
