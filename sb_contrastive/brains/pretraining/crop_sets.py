"""The sets of crops that objectives look at: their names, which network embeds them, and a batch of them as rows."""

from sb_contrastive.objectives.objective import clean
from sb_contrastive.training.steps.views import stacked_views


class CropSets:
    """The sets of crops that some objectives ask for, in the order in which
    `crops` draws them.

    Arguments
    ---------
    objectives : mapping of str to Objective
        By name.
    teachers : dict of str to str
        Objective -> the teacher that embeds its crops, where it has one.
    reference : str, optional
        Name of one more set, that of the clean crops by which positives are
        grouped; it is the last.

    Example
    -------
    >>> from sb_contrastive.objectives import Objective
    >>> class Pair(Objective):
    ...     teacher_views = (clean("pair"),)
    >>> sets = CropSets({"pair": Pair()}, {"pair": "teacher_encoder"})
    >>> sets.names, sets.student, sets.of_teacher("teacher_encoder")
    (['pair'], ['pair'], ['clean pair'])
    """

    def __init__(self, objectives, teachers, reference=None):
        self.objectives, self.teachers = objectives, teachers
        self.names = _names(o.views for o in objectives.values())
        self.student = _names(
            o.views if o.student_views is None else o.student_views
            for o in objectives.values()
        )
        self.reference = reference
        if reference is not None:
            self.names.append(reference)

    def of_teacher(self, teacher):
        """Return the names of the crops that objectives need of this teacher."""
        return _names(
            objective.teacher_views
            for name, objective in self.objectives.items()
            if self.teachers.get(name) == teacher
        )

    def check(self, crops):
        """Refuse a drawer of crops whose sets are not those that are looked at.

        Arguments
        ---------
        crops : RandomCrops, FrameCrops or None
            Without `counts` nothing is known of its sets, and nothing refused.

        Raises
        ------
        ValueError
            If it draws another number of sets, or fewer crops in one than an
            objective compares.
        """
        counts = getattr(crops, "counts", None)
        if counts is None:
            return
        if getattr(crops, "reference", None):
            counts = [*counts, 1]
        if self.reference and len(counts) == len(self.names) - 1:
            raise ValueError(
                "positives are grouped by clean crops of their own: give crops "
                "reference_seconds, such as 4.0"
            )
        if len(counts) != len(self.names):
            raise ValueError(
                f"crops draws {len(counts)} sets, counts {counts}, and the "
                f"objectives look at {len(self.names)}, "
                f"{', '.join(self.names)}: give one count and one length each"
            )
        found = dict(zip(self.names, counts))
        for name, objective in self.objectives.items():
            if found[objective.views[0]] < objective.least_crops:
                raise ValueError(
                    f"{name} compares {objective.least_crops} crops of each "
                    f"utterance, and crops draws {found[objective.views[0]]}: "
                    f"set its counts to [{objective.least_crops}], and "
                    f"disjoint, which is for a pair, to False"
                )

    def rows(self, batch, augmented):
        """Stack the crops of a batch to rows, view after view.

        Arguments
        ---------
        batch : PaddedBatch
            With crops [B, V, S] by the names of the sets.
        augmented : callable
            (crops [B, V, S], number of the first of these views) -> rows
            [V * B, S]: crops are numbered over all sets.

        Returns
        -------
        dict of str to torch.Tensor
            Rows by the name of the set; those of `clean(name)`, where a teacher
            asks for them, are never augmented.
        """
        rows, first = {}, 0
        asked = _names(o.teacher_views for o in self.objectives.values())
        for name in self.names:
            data = getattr(batch, name).data
            if name in (*self.student, *asked):
                rows[name] = augmented(data, first)
            first += data.shape[1]
            if clean(name) in asked:
                rows[clean(name)] = stacked_views(data, batch.id)
        return rows


def _names(groups):
    """Return all names in the order of their first appearance."""
    return list(dict.fromkeys(name for names in groups for name in names))
