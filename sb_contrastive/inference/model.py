"""A trained model in use: it embeds audio, names its class, and compares two speakers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
import torch

from sb_contrastive.evaluation.verification.calibration import Calibration
from sb_contrastive.evaluation.verification.segments import parse_segments
from sb_contrastive.inference.answers import (
    Classifying,
    Embedding,
    File,
    Results,
    Several,
    Stream,
    Waveform,
    answers,
)
from sb_contrastive.inference.comparison import cosine_of_two
from sb_contrastive.inference.decision import Verification, decision
from sb_contrastive.inference.preparation import silence_cut
from sb_contrastive.inference.row_embeddings import (
    check_chunks,
    classify_rows,
    embed_rows,
)
from sb_contrastive.inference.speakers import Speaker, speaker_rows

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Model:
    """An encoder, and maybe a classifier of its embeddings, in use.

    `sb_contrastive.load` makes it of a folder. Every file is checked, converted
    to the rate of the model, and cut at both ends as in its training.
    Recordings of one length share a pass of the network, without padding: an
    embedding does not depend on what else is asked for.

    Arguments
    ---------
    encoder : UtteranceEncoder
        Trained; it is put into evaluation mode.
    device : str, optional
        Where it is; found out when absent.
    sample_rate : int
        Its rate in Hz.
    trim_silence_db : float
        How far below the speech silence was cut in training, 0 for not at all.
    threshold : float, optional
        Cosines above it mean one speaker.
    classifier : torch.nn.Module, optional
        Embeddings [N, D] -> logits [N, C].
    classes : sequence of str
        Names of the C classes.
    calibration : Calibration, optional
        Makes log-likelihood ratios of cosines.

    Example
    -------
    >>> from sb_contrastive.encoders import UtteranceEncoder, XVector
    >>> from speechbrain.lobes.features import Fbank
    >>> network = XVector(in_channels=40, lin_neurons=16)
    >>> encoder = UtteranceEncoder(Fbank(n_mels=40), network, 16)
    >>> model = Model(encoder)
    >>> tone = np.sin(np.arange(16000.0))
    >>> model.embed(tone, sample_rate=16000).shape
    (16,)
    >>> list(model.embed([tone, tone[:8000]], sample_rate=16000))
    ['0', '1']
    """

    def __init__(
        self,
        encoder: torch.nn.Module,
        device: str | None = None,
        sample_rate: int = 16000,
        trim_silence_db: float = 0.0,
        threshold: float | None = None,
        classifier: torch.nn.Module | None = None,
        classes: Sequence[str] = (),
        calibration: Calibration | None = None,
    ) -> None:
        weights = next(encoder.parameters(), torch.empty(0))
        self.encoder = encoder.eval()
        self.device = device or str(weights.device)
        self.sample_rate = sample_rate
        self.trim_silence_db = trim_silence_db
        self.threshold = threshold
        self.classifier = classifier
        self.classes = tuple(classes)
        self.calibration = calibration

    @overload
    def embed(
        self, x: Any, *, stream: Literal[True], **options: Unpack[Embedding]
    ) -> Stream: ...

    @overload
    def embed(
        self, x: Waveform, **options: Unpack[Embedding]
    ) -> np.ndarray: ...

    @overload
    def embed(self, x: Several, **options: Unpack[Embedding]) -> Results: ...

    @overload
    def embed(
        self, x: File, **options: Unpack[Embedding]
    ) -> np.ndarray | Results: ...

    def embed(
        self,
        x: Any,
        *,
        sample_rate: int | None = None,
        segments: str = "full",
        trim_silence_db: float | None = None,
        on_bad_audio: str = "stop",
        data_root: File | None = None,
        stream: bool = False,
        progress: bool | None = None,
    ) -> Any:
        """Embed recordings.

        Arguments
        ---------
        x : str, pathlib.Path, numpy.ndarray, torch.Tensor, or list of these
            An audio file, an array of floats [S], a folder, or a manifest (.csv
            with a column wav).
        sample_rate : int, optional
            Rate of the arrays in Hz; files say theirs.
        segments : str
            Parts of a recording to embed, see `embed_segments`: "full" for all
            of it, "6x2s_mean" for the mean over 6 segments of 2 s.
        trim_silence_db : float, optional
            How far below the speech silence is cut at both ends; as in training
            when absent.
        on_bad_audio : str
            "stop" raises with a list of all files that cannot be used, before
            any is embedded; "skip" leaves them out with a warning.
        data_root : str or pathlib.Path, optional
            Folder that `$data_root` stands for in a manifest.
        stream : bool
            Whether to return pairs of name and array one after another, so that
            any number of them fits in memory.
        progress : bool, optional
            Whether to show a bar; when absent, on a terminal.

        Returns
        -------
        numpy.ndarray, dict or iterator
            float32 [D] of one file or array. Of several, a dict from name to
            [D]: a file is named as it was given, an utterance of a folder or
            manifest by its ID, an array by its place in the list, "0", "1", ...

        Raises
        ------
        FileNotFoundError, ValueError
            When there is no such file, or audio cannot be used.
        """
        parse_segments(segments)
        return answers(
            self,
            x,
            lambda rows: embed_rows(self, rows, segments, progress),
            stream=stream,
            sample_rate=sample_rate,
            trim_silence_db=trim_silence_db,
            on_bad_audio=on_bad_audio,
            data_root=data_root,
        )

    @overload
    def classify(
        self, x: Any, *, stream: Literal[True], **options: Unpack[Classifying]
    ) -> Stream: ...

    @overload
    def classify(
        self, x: Waveform, **options: Unpack[Classifying]
    ) -> np.ndarray: ...

    @overload
    def classify(
        self, x: Several, **options: Unpack[Classifying]
    ) -> Results: ...

    @overload
    def classify(
        self, x: File, **options: Unpack[Classifying]
    ) -> np.ndarray | Results: ...

    def classify(
        self,
        x: Any,
        *,
        sample_rate: int | None = None,
        chunk_seconds: float | None = None,
        trim_silence_db: float | None = None,
        on_bad_audio: str = "stop",
        data_root: File | None = None,
        stream: bool = False,
        progress: bool | None = None,
    ) -> Any:
        """Compute the posteriors of the classes of recordings.

        Arguments
        ---------
        chunk_seconds : float, optional
            A recording is cut into chunks of this length, each beginning in the
            middle of the one before, and has the mean of their posteriors: for
            models that were trained on chunks of long recordings. Absent, the
            whole of it is heard at once.
        x, sample_rate, trim_silence_db, on_bad_audio, data_root, stream, progress
            See `embed`.

        Returns
        -------
        numpy.ndarray, dict or iterator
            float32 [C] of one file or array, in the order of `classes`; of
            several, a dict from name to [C].

        Raises
        ------
        ValueError
            When the model has no classifier; else see `embed`.
        """
        self.check_classifier()
        check_chunks(chunk_seconds)
        return answers(
            self,
            x,
            lambda rows: classify_rows(self, rows, chunk_seconds, progress),
            stream=stream,
            sample_rate=sample_rate,
            trim_silence_db=trim_silence_db,
            on_bad_audio=on_bad_audio,
            data_root=data_root,
        )

    def verify(
        self,
        a: File | Waveform,
        b: File | Waveform,
        *,
        sample_rate: int | None = None,
        threshold: float | None = None,
        segments: str = "full",
        trim_silence_db: float | None = None,
        prior: float | None = None,
    ) -> Verification:
        """Tell whether two recordings are of one speaker.

        Arguments
        ---------
        a, b : str, pathlib.Path, numpy.ndarray or torch.Tensor
            Two files or arrays.
        sample_rate : int, optional
            Rate of the arrays in Hz.
        threshold : float, optional
            A cosine above it means one speaker; that of the model when absent,
            if it has one and the recordings are used as it was measured.
        segments : str
            Parts of a recording to compare, see `embed_segments`.
        trim_silence_db : float, optional
            See `embed`.
        prior : float, optional
            How probable one speaker is before anything is heard, between 0 and
            1: it moves the threshold of a calibrated model. When absent, it is
            that for which the threshold was chosen.

        Returns
        -------
        Verification

        Raises
        ------
        ValueError
            When one of them holds several utterances, or a prior is given to a
            model that is not calibrated; else see `embed`.
        """
        parse_segments(segments)
        cosine = cosine_of_two(
            self, a, b, sample_rate, segments, trim_silence_db
        )
        as_measured = self.is_as_measured(segments, trim_silence_db)
        return decision(
            cosine,
            self.calibration if as_measured else None,
            self.threshold if as_measured else None,
            prior,
            threshold,
        )

    def speakers(
        self,
        x: Several | File,
        *,
        number: int | None = None,
        sample_rate: int | None = None,
        trim_silence_db: float | None = None,
        on_bad_audio: str = "stop",
        data_root: File | None = None,
        progress: bool | None = None,
    ) -> dict[str, Speaker]:
        """Group recordings by speaker.

        How many speakers there are follows from the calibration of the model,
        or, where it has none, from two Gaussians that are fitted to the cosines
        of these recordings: then they have to be ten at least, several of each
        speaker.

        Arguments
        ---------
        x : str, pathlib.Path, or list of files and arrays
            A folder, a manifest, or several recordings.
        number : int, optional
            How many speakers there are, where it is known.
        sample_rate, trim_silence_db, on_bad_audio, data_root, progress
            See `embed`.

        Returns
        -------
        dict
            The `Speaker` of each recording, named as in `embed`.

        Raises
        ------
        ValueError
            When the number of speakers cannot be told; else see `embed`.
        """
        return answers(
            self,
            x,
            lambda rows: speaker_rows(
                self, rows, number, trim_silence_db, progress
            ),
            sample_rate=sample_rate,
            trim_silence_db=trim_silence_db,
            on_bad_audio=on_bad_audio,
            data_root=data_root,
        )

    def is_as_measured(
        self, segments: str = "full", trim_silence_db: float | None = None
    ) -> bool:
        """Tell whether cosines are those that the threshold and the calibration
        of the model are about: of whole files, cut as in training.

        Arguments
        ---------
        segments, trim_silence_db
            See `verify`.

        Returns
        -------
        bool
        """
        cut = silence_cut(self, trim_silence_db)
        return segments == "full" and cut == self.trim_silence_db

    def check_classifier(self) -> None:
        """Refuse to classify without a classifier."""
        if self.classifier is None:
            raise ValueError(
                "the model has no classifier: it embeds, and `verify` compares "
                "speakers; to classify give the folder `model` that an "
                "experiment on classes exported"
            )
