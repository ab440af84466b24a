"""Records synthetic interviews: half of the participants pause longer, speak more
slowly and hesitate."""

import os
import re
from dataclasses import dataclass, replace

import numpy as np

from sb_contrastive.synthetic.speech.emotions import act
from sb_contrastive.synthetic.speech.phrases import compose
from sb_contrastive.synthetic.speech.synthesis import (
    LOUDEST_PEAK,
    background,
    render,
)
from sb_contrastive.synthetic.speech.vocal_tract import SAMPLE_RATE
from sb_contrastive.synthetic.speech.voice import (
    draw_channel,
    draw_voice,
    stream,
)
from sb_contrastive.synthetic.wave_files import write_wave

FIRST_SPEAKER = 20000  # far from the voices of IEMOCAP's and VoxCeleb's layout
INTERVIEWERS = 4
FULL, CHUNKS = "Full_wave_enhanced_audio", "Normalised_audio-chunks"
# How the condition is imitated, logarithms of factors: a fifth slower, pauses
# more than twice as long; the probability of an "uh" after a phrase
SLOWER, LONGER_PAUSES, HESITATION = -0.2, 0.8, 0.4
CONTROL_HESITATION = 0.1
CHAT_HEADER = """\
@UTF8
@Begin
@Languages:\teng
@Participants:\tPAR Participant, INV Investigator
@ID:\teng|Synthetic|PAR|{age};|{sex}|{group}||Participant||{mmse}|
@ID:\teng|Synthetic|INV|||||Investigator|||
"""


@dataclass(frozen=True)
class Interview:
    """Describes one recording: its subject and number, part ("train" or "test"), whether
    the subject has the condition, age (years), sex, MMSE and length (s)."""

    name: str
    number: int
    part: str
    ill: bool
    age: int
    sex: str
    mmse: int
    seconds: float

    @property
    def folder(self):
        """The folder of the class, which the test part does not have."""
        return ("cc", "cd")[self.ill] if self.part == "train" else ""


def record_interview(folder, seed, interview):
    """Writes the recording of an interview and its chunks; returns the transcript."""
    rng = stream("utterance", seed, FIRST_SPEAKER, interview.number)
    channel = draw_channel(seed, FIRST_SPEAKER + interview.number)
    sex = interview.sex[0].upper()
    speakers = {
        "PAR": draw_voice(seed, FIRST_SPEAKER + interview.number, sex),
        "INV": draw_voice(
            seed, FIRST_SPEAKER + 1000 + interview.number % INTERVIEWERS
        ),
    }
    pieces, lines, clock = [], [], 0.0
    while clock < interview.seconds:
        asks = len(lines) % 2 == 0
        who = "INV" if asks else "PAR"
        length = rng.uniform(1.2, 2.5) if asks else rng.uniform(5.0, 9.0)
        ill = interview.ill and not asks
        speech, text = _turn(speakers[who], ill, length, channel, rng)
        gap = np.zeros(round(rng.uniform(0.2, 0.6) * SAMPLE_RATE))
        pieces += [gap, speech]
        start = clock + len(gap) / SAMPLE_RATE
        clock = start + len(speech) / SAMPLE_RATE
        lines.append((who, text, round(1000 * start), round(1000 * clock)))
    samples = np.concatenate(pieces)
    samples += background(len(samples), channel, rng)
    samples *= min(1.0, LOUDEST_PEAK / np.abs(samples).max())
    place = (interview.part, FULL, interview.folder, f"{interview.name}.wav")
    write_wave(os.path.join(folder, *place), samples)
    turns = [line for line in lines if line[0] == "PAR"]
    for number, (_, _, start, end) in enumerate(turns):
        chunk = samples[16 * start : 16 * end]
        name = f"{interview.name}-{number}-{start}-{end}-1-0-{end - start}.wav"
        place = (interview.part, CHUNKS, interview.folder, name)
        write_wave(os.path.join(folder, *place), 0.9 * chunk / abs(chunk).max())
    return _transcript(interview, lines)


def _turn(voice, ill, seconds, channel, rng):
    """Speaks one turn without noise: samples [S], and the syllables."""
    effect = act(voice, "neu", rng)
    # Not everyone has it alike, and age alone does some of it
    strength = rng.uniform(0.6, 1.4) if ill else rng.uniform(-0.2, 0.2)
    effect = replace(
        effect,
        rate=effect.rate + strength * SLOWER,
        pause=effect.pause + strength * LONGER_PAUSES,
    )
    hesitation = HESITATION if ill else CONTROL_HESITATION
    tracks = compose(voice, effect, seconds, rng, hesitation)
    speech = render(tracks, voice, effect, channel, rng)
    return speech * 10 ** ((voice.level_db + effect.level) / 20), tracks.text


def _transcript(interview, lines):
    """Makes the CHAT file of an interview."""
    group = ("Control", "ProbableAD")[interview.ill]
    text = CHAT_HEADER.format(
        age=interview.age,
        sex=interview.sex,
        group=group if interview.part == "train" else "",
        mmse=interview.mmse if interview.part == "train" else "",
    )
    for who, words, start, end in lines:
        words = re.sub(r"\buh\b", "&uh", words)
        text += f"*{who}:\t{words} . \x15{start}_{end}\x15\n"
    return text + "@End\n"
