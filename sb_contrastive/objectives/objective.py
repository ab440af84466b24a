"""The parts that every pretraining objective has, and what it is given at each step."""

from typing import NamedTuple, Optional

import torch


class Embeddings(NamedTuple):
    """Holds a batch as the encoders see it: `student` and `teacher` are dicts from
    the name of a set of crops to embeddings [V, B, D]. The teacher has those
    of the objective's `teacher_views`, without gradient. Where positives are those
    of other utterances, `drawn` has the numbers [B] of these utterances."""

    student: dict
    teacher: dict
    drawn: Optional[torch.Tensor] = None

    def with_positives(self, drawn, view):
        """Replace the targets: of a teacher all crops, else the second crop.

        Arguments
        ---------
        drawn : Drawn
            Targets of other utterances, see `SSPS`.
        view : str
            Name of the student's set of crops.

        Returns
        -------
        Embeddings
        """
        if self.teacher is not None:
            own = self.teacher.items()
            targets = {name: drawn.instead_of(z) for name, z in own}
            return self._replace(teacher=targets, drawn=drawn.numbers)
        z = self.student[view]
        z = torch.cat([z[:1], drawn.instead_of(z[1:2]), z[2:]])
        student = {**self.student, view: z}
        return self._replace(student=student, drawn=drawn.numbers)


class Moment(NamedTuple):
    """Says where training is: `progress` in [0, 1], optimiser `step`, `epoch` (0 in
    validation); and the batch: IDs of its `utterances` and, where they have
    classes, `targets` [B]."""

    progress: float
    step: int
    epoch: int
    utterances: list
    targets: Optional[torch.Tensor] = None


def clean(view):
    """Name the crops of a set without augmentation, for `teacher_views`.

    Arguments
    ---------
    view : str
        Name of the set.

    Returns
    -------
    str

    Example
    -------
    >>> clean("pair")
    'clean pair'
    """
    return f"clean {view}"


class Objective(torch.nn.Module):
    """Base of the objectives that a `PretrainingBrain` can combine.

    A subclass says which crops it needs and computes a loss from their
    embeddings. What it trains besides the encoder are its `heads`: the Brain
    owns them (it wraps them for several processes, gives them to the optimiser,
    and saves them), and hands them back at each call. What the objective holds
    as a submodule or buffer, such as a centre or a queue, is its state, which
    is saved with the checkpoint.

    Attributes that a subclass may set:

    - `views`: names of the sets of crops whose embeddings it needs;
    - `student_views`: those that the student embeds; all when None;
    - `teacher_views`: those that its teacher embeds, too; `clean(name)` stands
      for the same crops without augmentation;
    - `momentum`: progress -> m of that teacher; two objectives of the same
      momentum share one teacher;
    - `followed`: names of the heads of which it needs the moving average; the
      average of `head` is handed over as `teacher_head`;
    - `needs_whole_batch`: why the loss of a batch is not the mean of the losses
      of its parts; None where it is;
    - `validated`: whether the objective is computed in validation;
    - `parts`: names of the parts of its loss, for the log;
    - `has_positive`: whether its crops are pulled to a target that may be that
      of another utterance: all crops of its teacher, or the second crop where it
      has none;
    - `least_crops`: how many crops the first set of `views` needs;
    - `uses_labels`: whether labels have a part in it beside those of batches,
      as in a study of what they would bring; results say so;
    - `prototypes`: K, if there are any.

    Arguments
    ---------
    **heads : torch.nn.Module
        Modules to train by name; those that are None are left out.

    Example
    -------
    >>> class Agreement(Objective):
    ...     def outputs(self, embeddings, heads):
    ...         return embeddings.student["pair"]
    ...     def loss(self, outputs, moment):
    ...         return (outputs[0] - outputs[1]).square().mean()
    >>> z = torch.ones(2, 4, 8)
    >>> Agreement().loss(z, Moment(0.0, 0, 1, ["a", "b", "c", "d"]))
    tensor(0.)
    """

    views = ("pair",)
    student_views = None
    teacher_views = ()
    momentum = None
    followed = ()
    needs_whole_batch = None
    validated = True
    parts = ()
    has_positive = False
    least_crops = 1
    uses_labels = False
    prototypes = None

    def __init__(self, **heads):
        super().__init__()
        # A plain dict: the Brain saves them, not this module
        self.heads = {k: head for k, head in heads.items() if head is not None}

    def outputs(self, embeddings, heads):
        """Run the heads.

        Arguments
        ---------
        embeddings : Embeddings
            Of the batch.
        heads : dict of str to torch.nn.Module
            The heads and the averages of those that are `followed`.

        Returns
        -------
        object
            What `loss` and the other methods need.
        """
        raise NotImplementedError

    def loss(self, outputs, moment):
        """Compute the loss of one batch.

        Arguments
        ---------
        outputs : object
            As `outputs` returns it.
        moment : Moment
            Progress of the training, and who is in the batch.

        Returns
        -------
        torch.Tensor
            Scalar; or, where there are `parts`, a tuple of it and a dict of
            the parts.
        """
        raise NotImplementedError

    def moved_by_forward(self):
        """Return the modules whose buffers change before it is known whether the loss is
        finite, so that they can be put back.

        Returns
        -------
        list of torch.nn.Module
        """
        return [self]

    def before_optimizer(self, heads, progress):
        """Change gradients, before the optimiser takes its step."""

    def after_batch(self, outputs, moment):
        """Move the state, after the optimiser has taken its step."""

    def check(self, rows):
        """Refuse utterances to train on (manifest rows) that do not do."""

    def prepare(self, rows):
        """Make room for the utterances that are trained on (manifest rows)."""

    def begin_epoch(self, epoch):
        """Prepare for an epoch of training. A run that is resumed within one
        begins it twice: what has been prepared has to be told from the state."""

    def forget(self):
        """Forget the last validation part."""

    def watch(self, outputs, moment):
        """Keep what the monitors need of a validation batch."""

    def figures(self, loss, progress):
        """Return monitors of the validation part.

        Arguments
        ---------
        loss : float
            Mean of the objective's loss there.
        progress : float
            Share of the training done.

        Returns
        -------
        dict of str to float or torch.Tensor
        """
        return {}
