"""Reads corpora as they are distributed, and writes manifests of them."""

from sb_contrastive.corpora.adress.prepare import prepare_adress
from sb_contrastive.corpora.iemocap.prepare import prepare_iemocap
from sb_contrastive.corpora.voxceleb.prepare import prepare_voxceleb

__all__ = ["prepare_adress", "prepare_iemocap", "prepare_voxceleb"]
