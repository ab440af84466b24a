"""Writes utterances to WAV files, over several processes, and a notice that they
are synthetic."""

import os
from dataclasses import dataclass
from functools import partial

import numpy as np
import soundfile
from speechbrain.utils.parallel import get_available_cpu_count, parallel_map

from sb_contrastive.data.synthetic_notice import NOTICE_NAME
from sb_contrastive.progress import bar, bar_options
from sb_contrastive.synthetic.speech.synthesis import synthesise
from sb_contrastive.synthetic.speech.vocal_tract import SAMPLE_RATE
from sb_contrastive.synthetic.speech.voice import draw_channel, draw_voice

NOTICE = """\
*** SYNTHETIC SPEECH: THIS IS NOT {name} ***

No human voice is in this folder. Every file was computed by a source-filter
synthesiser (sb_contrastive.synthetic); speakers, emotions, transcriptions and
ratings are invented. Only the folder layout is that of {name}, so that a demo
takes the same way through the code as the real corpus.

Numbers obtained here show that the machinery learns, and nothing about speech.
Never report them as results on {name}.

seed {seed}
"""


@dataclass(frozen=True)
class Utterance:
    """Describes one file to be spoken.

    Arguments
    ---------
    path : str
        Where it goes, below the corpus folder.
    speaker : int
        Number of the voice; odd numbers are female.
    number : int
        Number of the utterance among those of its speaker.
    channel : int
        Number of the microphone and room.
    emotion : str
        A key of `sb_contrastive.synthetic.EMOTIONS`.
    seconds : float
        Length.
    """

    path: str
    speaker: int
    number: int
    channel: int
    emotion: str
    seconds: float


def speak(folder, seed, utterance):
    """Writes one utterance as 16 kHz mono PCM16 and returns its text."""
    samples, text = synthesise(
        draw_voice(seed, utterance.speaker),
        utterance.emotion,
        utterance.seconds,
        seed,
        utterance.speaker,
        utterance.number,
        draw_channel(seed, utterance.channel),
    )
    write_wave(os.path.join(folder, *utterance.path.split("/")), samples)
    return text


def write_wave(path, samples):
    """Writes samples in [-1, 1] as 16 kHz mono PCM16, with the folder."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    pcm = np.round(samples * 32767).astype(np.int16)
    soundfile.write(path, pcm, SAMPLE_RATE, subtype="PCM_16", format="WAV")


def speak_all(folder, seed, utterances, jobs=None, name="corpus"):
    """Writes many utterances, with a progress bar; the bytes do not depend on
    the number of processes.

    Arguments
    ---------
    folder : str
        Root of the corpus.
    seed : int
        Seed of the corpus.
    utterances : list of Utterance
        What to write.
    jobs : int
        Number of processes; by default one for each processor.
    name : str
        Name of the corpus, shown beside the bar.

    Returns
    -------
    texts : list of str
        The syllables of each utterance, in the order given.

    Example
    -------
    >>> import tempfile
    >>> one = Utterance("a/b.wav", 1, 1, 1, "neu", 1.0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     texts = speak_all(folder, 0, [one], jobs=1)
    >>> len(texts)
    1
    """
    jobs = jobs or get_available_cpu_count()
    work = partial(speak, folder, seed)
    what = f"Synthesising speech ({name} layout)"
    if jobs == 1:
        return [work(utterance) for utterance in bar(utterances, what)]
    options = bar_options(what)
    return list(
        parallel_map(work, utterances, jobs, 4, progress_bar_kwargs=options)
    )


def claim_folder(folder):
    """Creates the folder of a new corpus.

    Arguments
    ---------
    folder : str
        Must be absent or empty: two corpora in one folder would be mixed.

    Raises
    ------
    ValueError
        When something is in it already.
    """
    os.makedirs(folder, exist_ok=True)
    if os.listdir(folder):
        raise ValueError(
            f"{folder} is not empty and a synthetic corpus would be mixed with "
            "what is there: give a new folder, or delete this one."
        )


def write_notice(folder, name, seed):
    """Writes `SYNTHETIC.txt`; a writer does so last, as a sign of completion."""
    write_text(
        os.path.join(folder, NOTICE_NAME), NOTICE.format(name=name, seed=seed)
    )


def write_text(path, text):
    """Writes a text file, with its folder, with the same bytes everywhere."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
