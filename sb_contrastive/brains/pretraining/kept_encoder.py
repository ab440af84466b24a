"""The encoder that pretraining leaves: that of the student or of a teacher, maybe averaged."""

from sb_contrastive.distributed import unwrap
from sb_contrastive.suggestions import check_choice
from sb_contrastive.training.averaging import average_last

KEPT = ("student", "teacher")


class KeptEncoder:
    """Says whose encoder is kept after training.

    Arguments
    ---------
    keep : str
        "student" or "teacher".
    teachers : dict of str to str
        Objective -> the teacher that it follows; of several teachers the first
        is kept.
    objectives : iterable of str
        Names of all objectives, for the message.

    Raises
    ------
    ValueError
        If a teacher is to be kept and there is none.

    Example
    -------
    >>> KeptEncoder("teacher", {"dino": "teacher_encoder"}, ["dino"]).name
    'teacher_encoder'
    """

    def __init__(self, keep, teachers, objectives):
        check_choice("keep", keep, KEPT)
        if keep == "teacher" and not teachers:
            raise ValueError(
                f"there is no teacher to keep: none of {', '.join(objectives)} "
                f"follows the encoder, so set keep to student"
            )
        self.is_teacher = keep == "teacher"
        self.name = (
            next(iter(teachers.values())) if self.is_teacher else "encoder"
        )

    def embeddings(self, forward, student_views):
        """Return the first set of embeddings [V, B, D] of a batch by this encoder.

        Arguments
        ---------
        forward : Forward
            The batch after the networks.
        student_views : list of str
            Names of the student's sets of crops.

        Returns
        -------
        torch.Tensor
        """
        if self.is_teacher:
            return next(iter(forward.teachers[self.name].values()))
        return forward.embeddings[student_views[0]]

    def network(self, modules):
        """Find the encoder among the modules of a Brain.

        Arguments
        ---------
        modules : mapping of str to torch.nn.Module
            Maybe wrapped for several processes.

        Returns
        -------
        UtteranceEncoder
        """
        module = unwrap(modules[self.name])
        return module.network if self.is_teacher else module

    def average(self, checkpointer, modules, count):
        """Load the mean of its last checkpoints of epochs into the encoder.

        Arguments
        ---------
        checkpointer : speechbrain.utils.checkpoints.Checkpointer
            Has saved the modules.
        modules : mapping of str to torch.nn.Module
            Of the Brain.
        count : int
            Number of checkpoints.
        """
        module = unwrap(modules[self.name])
        average_last(checkpointer, self.name, module, count)
