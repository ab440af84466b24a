"""All processes of a run see one output folder, on whatever machine they are."""

import socket

from speechbrain.utils.distributed import ddp_barrier, run_on_main

from sb_contrastive.distributed import rank, world_size

FILE = ".shared"


def check_shared(folder):
    """Refuse an output folder that is on a disk of one machine alone, where a run
    is on several: the first process writes what the others read.

    Arguments
    ---------
    folder : pathlib.Path
        Is made if need be, where there are several processes.

    Raises
    ------
    ValueError
        On a machine that does not see what the first process writes.

    Example
    -------
    >>> check_shared(getfixture("tmp_path") / "results")  # one process
    """
    if world_size() == 1:
        return
    run_on_main(_write, args=[folder])
    seen = (folder / FILE).is_file()
    ddp_barrier()  # all have looked
    if not seen:
        raise ValueError(
            f"{folder} on {socket.gethostname()} is another folder than that "
            f"of the first process: give an --output_folder on a disk that all "
            f"machines share, and the same command on each"
        )
    if rank() == 0:
        (folder / FILE).unlink()


def _write(folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).touch()
