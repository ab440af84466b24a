"""Lines about an experiment as a whole: what begins, and what lies where when it has ended."""

import torch

from sb_contrastive.device import computes_bfloat16, run_device
from sb_contrastive.distributed import world_size
from sb_contrastive.evaluation.package_versions import versions
from sb_contrastive.process.invocation import command_line

# Name in the output folder -> what it is
LEFT = {
    "results.json": "all numbers, with the protocol and versions",
    "answers.md": "the answers of the study",
    "report.html": "a page with all figures",
    "plots": "pictures",
    "model": "the classifier, for SpeechBrain and `python -m sb_contrastive`",
    "encoder": "the encoder, for SpeechBrain and `python -m sb_contrastive`",
    "experiment.yaml": "the experiment with all values",
    "settings.json": "the values that each stage has used",
    "runs": "the runs, with a log each",
}


def opening(experiment, stages):
    """Say what will run: file, seed, stages, folder, machine.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    stages : list of str
        Those that will run.

    Returns
    -------
    list of str
    """
    options = experiment.run_opts or {}
    device = run_device(options)
    several = f", {world_size()} processes" if world_size() > 1 else ""
    used = {
        k: v for k, v in versions().items() if k in ("speechbrain", "torch")
    }
    return [
        f"Experiment {experiment.hparams.get('experiment', '')}, seed "
        f"{experiment.seed}: {', '.join(stages)}",
        f"Command: {command_line()}",
        f"Output folder: {experiment.folder}",
        f"Device {device}, {torch.get_num_threads()} threads{several}; "
        + ", ".join(f"{name} {version}" for name, version in used.items()),
        *_precision(device, options.get("precision")),
    ]


def _precision(device, given):
    """Recommend half precision where a run says nothing of it."""
    if given is None and computes_bfloat16(device):
        yield (
            "This device computes in bfloat16: --precision bf16 makes training "
            "steps shorter, see docs/speed.md"
        )


def closing(folder):
    """Say what lies in an output folder.

    Arguments
    ---------
    folder : pathlib.Path
        The folder.

    Returns
    -------
    list of str

    Example
    -------
    >>> folder = getfixture("tmp_path")
    >>> _ = (folder / "results.json").write_text("{}")
    >>> closing(folder)
    ['  .../results.json: all numbers, with the protocol and versions']
    """
    return [
        f"  {folder / name}{'/' if (folder / name).is_dir() else ''}: {what}"
        for name, what in LEFT.items()
        if (folder / name).exists()
    ]
