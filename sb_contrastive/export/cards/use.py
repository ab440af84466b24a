"""Writes how a model is used: with SpeechBrain alone, and as in training."""

from sb_contrastive.encoders.sample_rate import SAMPLE_RATE

_CLASSIFY = """\
from speechbrain.inference.classifiers import EncoderClassifier

model = EncoderClassifier.from_hparams(source="path/of/this/folder")
log_posteriors, score, index, label = model.classify_file("speech.wav")"""
_VERIFY = """\
from speechbrain.inference.speaker import SpeakerRecognition

model = SpeakerRecognition.from_hparams(source="path/of/this/folder")
cosine, _ = model.verify_files("speech.wav", "other.wav")
embedding = model.encode_batch(model.load_audio("speech.wav"))"""
DECISION = "same_speaker = cosine > {threshold:.4g}  # {source}"
NO_THRESHOLD = """\
No trials have told which cosine means one speaker. SpeechBrain's threshold of
0.25, by which `verify_files` decides, was measured on another model."""
_CUT = """\
In training, the silence before and after the speech was cut where it was
{db:g} dB below the speech (`trim_silence_db` in hyperparams.yaml). The commands
of sb_contrastive do so by themselves. In SpeechBrain it takes two lines more,
and sb_contrastive:"""
_SPEECH_ONLY = """\
from sb_contrastive.export import SpeechOnly

model.audio_normalizer = SpeechOnly(trim_silence_db={db:g}){use}"""
_ONE_LENGTH = """\
Give one utterance at a time, or several of equal length: the results were
measured in this way, and padding changes the embeddings SpeechBrain computes."""
_CODE = """\
A model folder is code: hyperparams.yaml says what is built when it is loaded."""


def use_section(classifies, usage, packages=(), files=()):
    """Write the section of a model card that says how to use the model.

    Arguments
    ---------
    classifies, packages, files
        See `model_card`.
    usage : Usage
        What training did.

    Returns
    -------
    str
        Markdown.

    Example
    -------
    >>> from sb_contrastive.export.usage import Usage
    >>> "same_speaker" in use_section(False, Usage())
    False
    """
    code = _CLASSIFY if classifies else _VERIFY
    parts = ["## Use", _block(code + _decision(classifies, usage))]
    if not classifies and usage.threshold is None:
        parts.append(NO_THRESHOLD)
    if packages:
        parts.append(f"Besides SpeechBrain it needs {', '.join(packages)}.")
    parts += [
        f"`{file.name}` lies in this folder: before loading the model, "
        f'`import sys; sys.path.append("path/of/this/folder")`. The commands '
        f"of sb_contrastive need `--trust` for it."
        for file in files
    ]
    if usage.trim_silence_db:
        again = "\n" + code.splitlines()[3] + _decision(classifies, usage)
        code = _SPEECH_ONLY.format(db=usage.trim_silence_db, use=again)
        parts += [_CUT.format(db=usage.trim_silence_db), _block(code)]
    kilohertz = SAMPLE_RATE / 1000
    parts.append(
        f"Audio is mono, {kilohertz:g} kHz; files of another rate are "
        f"resampled.\n{_ONE_LENGTH}\n{_CODE}"
    )
    return "\n\n".join(parts)


def _block(code):
    return f"```python\n{code}\n```"


def _decision(classifies, usage):
    if classifies or usage.threshold is None:
        return ""
    source = f"equal error rate on {usage.trials}"
    return "\n" + DECISION.format(threshold=usage.threshold, source=source)
