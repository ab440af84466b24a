"""The fit of a probe: a linear classifier of vectors that are known by utterance."""

import numpy as np
import torch

from sb_contrastive.evaluation.classification.report import (
    classification_report,
)
from sb_contrastive.systems.probing.linear_models import fit_linear


class ProbeFit:
    """Fits linear classifiers to vectors of manifest rows.

    Arguments
    ---------
    known : dict of str to numpy.ndarray
        ID of an utterance -> its vector [D].
    classes : list of str
        In the order of the classifier's outputs.
    model : str
        See `fit_linear`.
    copies : list of dict
        Vectors of copies of the utterances, by the same IDs. All copies of an
        utterance together count as much as the utterance alone without them.
    within_class : float, optional
        See `fit_linear`.

    Example
    -------
    >>> known = {"a": np.array([-1.0]), "b": np.array([1.0])}
    >>> rows = [{"ID": name, "label": name} for name in known]
    >>> fit = ProbeFit(known, ["a", "b"], "logistic_regression")
    >>> posteriors(fit.classifier(rows, C=1.0), [known["b"]]).argmax().item()
    1
    >>> fit.choice([0.1, 1.0], rows, rows)
    {0.1: 1.0, 1.0: 1.0}
    """

    def __init__(self, known, classes, model, copies=(), within_class=None):
        self.heard, self.classes = [known, *copies], list(classes)
        self.model, self.within_class = model, within_class

    def classifier(self, rows, C):
        """Fit a classifier to rows and to their copies.

        Arguments
        ---------
        rows : list of dict
            Manifest rows with labels.
        C : float
            Inverse strength of the penalty.

        Returns
        -------
        torch.nn.Module
            Vectors [N, D] -> logits [N, C].
        """
        vectors = [found[row["ID"]] for found in self.heard for row in rows]
        numbers = {name: i for i, name in enumerate(self.classes)}
        targets = [numbers[row["label"]] for row in rows] * len(self.heard)
        return fit_linear(
            np.stack(vectors),
            targets,
            len(self.classes),
            self.model,
            C / len(self.heard),  # the loss is a sum over vectors
            self.within_class,
        )

    def choice(self, strengths, train, valid):
        """Try several C.

        Arguments
        ---------
        strengths : list of float
            Those to try.
        train, valid : list of dict
            Manifest rows to fit to, and others to judge by.

        Returns
        -------
        dict of float to float
            C -> UA on the validation part of a classifier that has not seen it.
        """
        return {C: self._accuracy(C, train, valid) for C in strengths}

    def _accuracy(self, C, train, valid):
        known = self.heard[0]
        found = posteriors(
            self.classifier(train, C), [known[row["ID"]] for row in valid]
        )
        predicted = [self.classes[i] for i in found.argmax(dim=1)]
        return classification_report(
            [row["label"] for row in valid], predicted, self.classes
        )["UA"]


@torch.no_grad()
def posteriors(classifier, vectors):
    """Classify vectors.

    Arguments
    ---------
    classifier : torch.nn.Module
        [N, D] -> logits [N, C].
    vectors : sequence of numpy.ndarray
        N of [D].

    Returns
    -------
    torch.Tensor
        [N, C].
    """
    vectors = torch.from_numpy(np.stack(vectors)).float()
    return classifier(vectors).softmax(dim=-1)
