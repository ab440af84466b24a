"""Synthesises the built-in corpus, and writes it in the layouts of known corpora."""

from sb_contrastive.data.synthetic_notice import NOTICE_NAME, is_synthetic
from sb_contrastive.synthetic.adress import write_adress
from sb_contrastive.synthetic.iemocap import write_iemocap
from sb_contrastive.synthetic.layouts import (
    CORPUS_VERSION,
    WRITERS,
    built_in_corpus,
)
from sb_contrastive.synthetic.speech.emotions import EMOTIONS
from sb_contrastive.synthetic.speech.synthesis import synthesise
from sb_contrastive.synthetic.speech.voice import draw_channel, draw_voice
from sb_contrastive.synthetic.voxceleb import write_voxceleb

__all__ = [
    "CORPUS_VERSION",
    "EMOTIONS",
    "NOTICE_NAME",
    "WRITERS",
    "built_in_corpus",
    "draw_channel",
    "draw_voice",
    "is_synthetic",
    "synthesise",
    "write_adress",
    "write_iemocap",
    "write_voxceleb",
]
