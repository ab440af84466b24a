"""A trained model in use: it embeds audio, names its class, and compares two speakers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, overload

import numpy as np
import torch
from tqdm import tqdm

from sb_contrastive.data.trials.trial_list import Trials
from sb_contrastive.evaluation.classification.posteriors import posteriors_of
from sb_contrastive.evaluation.verification.scoring import cosine_scores
from sb_contrastive.evaluation.verification.segments import (
    embed_segments,
    parse_segments,
)
from sb_contrastive.inference.preparation import prepare_rows, silence_cut
from sb_contrastive.inference.sources import NAME, find_utterances
from sb_contrastive.inference.waveforms import is_waveform
from sb_contrastive.leftovers import temporary_folder

BLOCK = 2048  # utterances whose embeddings are in memory at a time

File = str | Path
Waveform = np.ndarray | torch.Tensor
Results = dict[str, np.ndarray]
Stream = Iterator[tuple[str, np.ndarray]]


class Verification(NamedTuple):
    """Says how alike two recordings are: their `cosine`; and by a `threshold`,
    whether they are of the `same` speaker. Both are None where nobody has
    measured a threshold."""

    cosine: float
    same: bool | None
    threshold: float | None


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
    ) -> None:
        weights = next(encoder.parameters(), torch.empty(0))
        self.encoder = encoder.eval()
        self.device = device or str(weights.device)
        self.sample_rate = sample_rate
        self.trim_silence_db = trim_silence_db
        self.threshold = threshold
        self.classifier = classifier
        self.classes = tuple(classes)

    @overload
    def embed(
        self, x: Waveform, *, sample_rate: int, **options: Any
    ) -> np.ndarray: ...

    @overload
    def embed(
        self, x: Any, *, stream: Literal[True], **options: Any
    ) -> Stream: ...

    @overload
    def embed(
        self, x: Sequence[File | Waveform], **options: Any
    ) -> Results: ...

    @overload
    def embed(self, x: File, **options: Any) -> np.ndarray | Results: ...

    def embed(
        self,
        x,
        *,
        sample_rate: int | None = None,
        segments: str = "full",
        trim_silence_db: float | None = None,
        on_bad_audio: str = "stop",
        data_root: File | None = None,
        stream: bool = False,
        progress: bool | None = None,
    ):
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
        return self._answers(
            x,
            lambda rows, z: z,
            segments,
            sample_rate,
            trim_silence_db,
            on_bad_audio,
            data_root,
            stream,
            progress,
        )

    @overload
    def classify(
        self, x: Waveform, *, sample_rate: int, **options: Any
    ) -> np.ndarray: ...

    @overload
    def classify(
        self, x: Any, *, stream: Literal[True], **options: Any
    ) -> Stream: ...

    @overload
    def classify(
        self, x: Sequence[File | Waveform], **options: Any
    ) -> Results: ...

    @overload
    def classify(self, x: File, **options: Any) -> np.ndarray | Results: ...

    def classify(
        self,
        x,
        *,
        sample_rate: int | None = None,
        trim_silence_db: float | None = None,
        on_bad_audio: str = "stop",
        data_root: File | None = None,
        stream: bool = False,
        progress: bool | None = None,
    ):
        """Compute the posteriors of the classes of whole recordings.

        Arguments
        ---------
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
        return self._answers(
            x,
            self.posteriors,
            "full",
            sample_rate,
            trim_silence_db,
            on_bad_audio,
            data_root,
            stream,
            progress,
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

        Returns
        -------
        Verification

        Raises
        ------
        ValueError
            When one of them holds several utterances; else see `embed`.
        """
        parse_segments(segments)
        for x in (a, b):
            if is_waveform(x):
                continue
            count = len(find_utterances(x).rows)
            if count != 1:
                raise ValueError(
                    f"{x} holds {count} utterances, and `verify` compares two "
                    f"files; for more there is `evaluate`"
                )
        rows, _ = find_utterances([a, b], sample_rate, self.sample_rate)
        with self.prepared(rows, "refuse", trim_silence_db) as ready:
            [(_, z)] = self.embed_rows(ready, segments, progress=False)
        # A file that is compared with itself has one row
        pair = Trials([True], np.array([0]), np.array([len(z) - 1]), [])
        cosine = float(cosine_scores(z, pair)[0])
        if threshold is None:
            threshold = self.threshold_for(segments, trim_silence_db)
        same = None if threshold is None else bool(cosine > threshold)
        return Verification(cosine, same, threshold)

    def threshold_for(
        self, segments: str = "full", trim_silence_db: float | None = None
    ) -> float | None:
        """Return the threshold of the model, or None where it has none or it
        was measured on recordings that were cut otherwise.

        Arguments
        ---------
        segments, trim_silence_db
            See `verify`.

        Returns
        -------
        float or None
        """
        as_measured = segments == "full" and (
            silence_cut(self, trim_silence_db) == self.trim_silence_db
        )
        return self.threshold if as_measured else None

    @contextlib.contextmanager
    def prepared(
        self,
        rows: list[dict],
        on_bad_audio: str = "stop",
        trim_silence_db: float | None = None,
    ) -> Iterator[list[dict]]:
        """Check rows and bring them to the rate of the model; converted copies
        of files are kept as long as the context is open.

        Arguments
        ---------
        rows, on_bad_audio, trim_silence_db
            See `prepare_rows`.

        Yields
        ------
        list of dict
        """
        with temporary_folder() as folder:
            yield prepare_rows(
                rows, self, folder, on_bad_audio, trim_silence_db
            )

    def embed_rows(
        self,
        rows: list[dict],
        segments: str = "full",
        progress: bool | None = None,
    ) -> Iterator[tuple[list[dict], np.ndarray]]:
        """Embed rows that were prepared, a block at a time.

        Arguments
        ---------
        rows : list of dict
            From `prepared`.
        segments : str
            See `embed`.
        progress : bool, optional
            Whether to show a bar; when absent, on a terminal if there are
            several.

        Yields
        ------
        tuple
            The next rows [b], and their embeddings [b, D] or [b, n, D].
        """
        hidden = None if progress is None and len(rows) > 1 else not progress
        with tqdm(
            total=len(rows),
            unit="utterance",
            disable=hidden,
            dynamic_ncols=True,
        ) as bar:
            for first in range(0, len(rows), BLOCK):
                block = rows[first : first + BLOCK]
                yield (
                    block,
                    embed_segments(
                        self.encoder,
                        block,
                        segments,
                        self.device,
                        sample_rate=self.sample_rate,
                        progressbar=bar,
                    ),
                )

    def posteriors(
        self, rows: list[dict], embeddings: np.ndarray
    ) -> np.ndarray:
        """Compute the posteriors of the classes.

        Arguments
        ---------
        rows : list of dict
            Rows of the recordings, for messages.
        embeddings : numpy.ndarray
            Theirs [N, D].

        Returns
        -------
        numpy.ndarray
            [N, C].
        """
        found = posteriors_of(self.classifier, embeddings, rows, self.device)
        if found.shape[1] != len(self.classes):
            raise ValueError(
                f"the classifier of the model tells {found.shape[1]} classes "
                f"apart, and its label_encoder names {len(self.classes)}"
            )
        return found.numpy()

    def check_classifier(self) -> None:
        """Refuse to classify without a classifier."""
        if self.classifier is None:
            raise ValueError(
                "the model has no classifier: it embeds, and `verify` compares "
                "speakers; to classify give the folder `model` that an "
                "experiment on classes exported"
            )

    def _answers(
        self,
        x,
        function,
        segments,
        sample_rate,
        trim_silence_db,
        on_bad_audio,
        data_root,
        stream,
        progress,
    ):
        """Apply a function (rows, embeddings) -> arrays to all recordings."""
        rows, single = find_utterances(
            x, sample_rate, self.sample_rate, data_root
        )

        def pairs():
            with self.prepared(
                rows, "refuse" if single else on_bad_audio, trim_silence_db
            ) as ready:
                for block, z in self.embed_rows(ready, segments, progress):
                    names = [row[NAME] for row in block]
                    yield from zip(names, function(block, z))

        if stream:
            return pairs()
        found = dict(pairs())
        return next(iter(found.values())) if single else found
