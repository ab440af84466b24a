"""A step without gradients: a linear classifier is fitted to vectors of a frozen encoder, or to features made by hand."""

import time

import torch
from speechbrain.utils.distributed import run_on_main

from sb_contrastive.brains.logs.peak_memory import peak_memory_gib
from sb_contrastive.data.features.vector_cache import VectorCache
from sb_contrastive.evaluation.classification.prediction_file import (
    prediction_rows,
)
from sb_contrastive.ranges import Fraction, Positive
from sb_contrastive.suggestions import check_choice
from sb_contrastive.systems.probing.at_speed import AtSpeed
from sb_contrastive.systems.probing.encoder_vectors import encoder_vectors
from sb_contrastive.systems.probing.fitting import ProbeFit, posteriors
from sb_contrastive.systems.probing.linear_models import MODELS, linear_model
from sb_contrastive.systems.probing.speaker_norm import (
    check_speakers,
    normalised_by_speaker,
)
from sb_contrastive.systems.step_folder import write_step


class ProbeStep:
    """Fits a linear classifier to one vector for each whole utterance.

    Vectors are computed once and kept, and standardised by those that the
    classifier is fitted to. Where they are the encoder's embeddings, a
    `ClassifierStep` with the classifier `StandardisedLinear` may follow: it goes
    on from both (linear probing, then fine-tuning: Kumar et al. 2022,
    https://arxiv.org/abs/2202.10054).

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    part : Part
        The fold to fit to and to test on.
    name : str
        Name of the step, and of its folder.
    model : str
        "logistic_regression" or "linear_svm", see `fit_linear`.
    C : float
        Inverse strength of the penalty.
    choose_C : list of float, optional
        The C among these is used that has the best UA on the validation part.
    within_class : float, optional
        Vectors are normalised by their covariance within classes, with this
        shrinkage, before the classifier is fitted, see `within_class_whitening`.
    speeds : list of float, optional
        The classifier is also fitted to copies of the utterances at these
        speeds, which sound like other speakers, see `AtSpeed`. All copies of an
        utterance together count as much as the utterance alone without them.
    with_validation : bool
        Whether the validation part is fitted to as well (after C has been
        chosen by it). Where `label_fraction` leaves labels out, it is not.
    normalise : str, optional
        "speaker": vectors are normalised by the mean and deviation of each
        speaker first, test speakers too, see `normalised_by_speaker`.
    vectors : callable
        (experiment, start, first) -> the source of vectors, see `VectorCache`:
        `encoder_vectors`, `opensmile_vectors`, `resemblyzer_vectors`, or an own.
    features_folder : str, optional
        Folder of the cache, which experiments may share; `features` in the
        output folder when absent.
    label_fraction : float or list of float
        See `System`.
    """

    predicts = True
    starts_from_encoder = True

    def __init__(
        self,
        experiment,
        part,
        name,
        /,
        model: str = "logistic_regression",
        C: Positive = 0.003,
        choose_C: list[Positive] | None = None,
        within_class: Fraction | None = None,
        speeds: list[Positive] | None = None,
        with_validation: bool = True,
        normalise: str | None = None,
        vectors=encoder_vectors,
        *,
        features_folder: str | None = None,
        label_fraction: Fraction | list[Fraction] = 1.0,
    ):
        check_choice("model", model, MODELS)
        check_choice("normalise", normalise, (None, "speaker"))
        self.experiment, self.part = experiment, part
        self.folder = part.folder / name
        self.model, self.C, self.choose_C = model, C, choose_C
        self.within_class, self.speeds = within_class, speeds or []
        self.with_validation = with_validation and label_fraction == 1
        self.normalise, self.vectors = normalise, vectors
        self.features = features_folder or experiment.folder / "features"

    @staticmethod
    def without_validation(length, logs):
        """Choose the options of a fit on all data: the C that most folds have
        chosen, the smaller one of two.

        Arguments
        ---------
        length, logs
            See `ClassifierStep.without_validation`.

        Returns
        -------
        dict
        """
        chosen = [log["C"] for log in logs if "C" in log]
        options = {"choose_C": None, "with_validation": False}
        if chosen:
            options["C"] = max(sorted(set(chosen)), key=chosen.count)
        return options

    @staticmethod
    def check_part(experiment, part, name, /, normalise: str | None = None):
        """Refuse a fold with utterances of unknown speakers, where `normalise`
        needs to know them.

        Arguments
        ---------
        experiment, part, name, normalise
            See `ProbeStep`.
        """
        if normalise == "speaker":
            check_speakers([*part.train, *part.valid, *part.test])

    def check(self):
        """Refuse a source of vectors that is not there."""
        self.source()

    def source(self, start=None, first=True):
        """Make the source of vectors, see `ClassifierStep.run`."""
        return self.experiment.call(self.vectors, start, first)

    def run(self, start, first):
        """Fit; leave model.ckpt and log.json in the folder of the step.

        Arguments
        ---------
        start, first
            See `ClassifierStep.run`.

        Returns
        -------
        torch.nn.ModuleDict
            The networks, see `networks`.
        """
        begin, part = time.perf_counter(), self.part
        source = self.source(start, first)
        heard = self.with_validation or self.choose_C
        rows = [*part.train, *(part.valid if heard else []), *part.test]
        self.known = self._vectors_by_ID(source, rows)
        fitted = [*part.train, *(part.valid if self.with_validation else [])]
        fit = ProbeFit(
            self.known,
            part.classes,
            self.model,
            [
                self._vectors_by_ID(AtSpeed(source, speed), fitted)
                for speed in self.speeds
            ],
            self.within_class,
        )
        C, choice = self.C, {}
        if self.choose_C:
            choice = fit.choice(self.choose_C, part.train, part.valid)
            C = max(choice, key=choice.get)
        networks = self._put_together(source, fit.classifier(fitted, C))
        seconds = time.perf_counter() - begin
        log = {
            "epochs": [],
            "C": C,
            "validation_UA": choice,
            "train_seconds": seconds,
            "utterances_per_second": len(fitted) / seconds,
            "data_wait_share": 0.0,
            "trainable_parameters": sum(
                p.numel() for p in networks["classifier"].parameters()
            ),
            "peak_memory_gib": peak_memory_gib(
                getattr(source, "device", "cpu")
            ),
        }
        run_on_main(write_step, args=[self.folder, networks, log])
        return networks

    def networks(self):
        """Build what model.ckpt holds: `encoder`, where there is one, and
        `classifier`."""
        source = self.source()
        classifier = linear_model(
            source.dim, len(self.part.classes), self.model
        )
        return self._put_together(source, classifier)

    def predictions(self, networks, rows, batch_size):
        """Predict utterances of the part.

        Arguments
        ---------
        networks : torch.nn.ModuleDict
            From `run`.
        rows : list of dict
            Manifest rows.
        batch_size : int
            Makes no difference here.

        Returns
        -------
        list of dict
            See `prediction_rows`.
        """
        ids = [row["ID"] for row in rows]
        found = posteriors(
            networks["classifier"], [self.known[name] for name in ids]
        )
        return prediction_rows(
            rows, self.part.fold, self.part.classes, ids, found
        )

    def posteriors(self, networks, rows):
        """Predict utterances, which need no label, see
        `ClassifierStep.posteriors`; with `normalise`, a speaker is known by these
        rows alone."""
        source = self.source()
        if "encoder" in networks:
            source.encoder = networks["encoder"]
        vectors = self.vectors_of(source, rows)
        return posteriors(networks["classifier"], vectors)

    def check_exported(self):
        """Refuse what no model folder can hold."""
        is_svm = self.model == "linear_svm"
        if self.normalise or is_svm or not hasattr(self.source(), "encoder"):
            raise ValueError(
                "a model folder holds an encoder and linear layers on its "
                "embeddings: export a system without normalise, of the model "
                "logistic_regression and the vectors of the encoder"
            )

    def exported(self, networks, fold):
        """Put the networks into the form of a model folder, see
        `ClassifierStep.exported`."""
        self.check_exported()
        text = self.source().description()
        return networks["encoder"], networks["classifier"].folded(), text

    def vectors_of(self, source, rows):
        """Return the vectors [N, D] of rows, computed unless they are there."""
        cache = VectorCache(self.features, source)
        run_on_main(cache.build, args=[rows])
        vectors = cache.read(rows)
        if self.normalise:
            vectors = normalised_by_speaker(vectors, rows)
        return vectors

    def _vectors_by_ID(self, source, rows):
        """Return the vectors [D] of rows under the IDs."""
        ids = [row["ID"] for row in rows]
        return dict(zip(ids, self.vectors_of(source, rows)))

    def _put_together(self, source, classifier):
        modules = {"classifier": classifier}
        if hasattr(source, "encoder"):
            modules["encoder"] = source.encoder
        return torch.nn.ModuleDict(modules)
