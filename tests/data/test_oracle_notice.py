"""What an oracle has trained is marked, and whatever trains on from it, too."""

from types import SimpleNamespace

import pytest

from sb_contrastive.data.oracle_notice import is_oracle
from sb_contrastive.evaluation.corpus_note import corpus_note
from sb_contrastive.losses import NTXentLoss
from sb_contrastive.objectives import FalseNegatives, NTXent, SpeakerGroups
from sb_contrastive.report_page.sections.about import notices


@pytest.mark.parametrize("debug", [True, False])
def test_the_note_is_at_every_table(debug):
    note = corpus_note("a", False, debug=debug, oracle=True)
    assert note.startswith("DEBUG" if debug else "ORACLE RUN")
    assert "ORACLE RUN: the true speakers" in note and "Corpus: a" in note
    assert "ORACLE" not in corpus_note("a", False, debug=debug)


def test_the_page_of_a_run_tells_it_once():
    line = "ORACLE RUN: the true speakers of the training utterances ..."
    for protocol in ({"oracle": True}, {}):
        run = SimpleNamespace(protocol=protocol, lines=lambda name: [line])
        told = [text for _, text in notices(run)]
        assert len(told) == 1 and told[0].startswith("ORACLE RUN")


def test_an_objective_tells_whether_it_uses_labels(tmp_path):
    oracle = FalseNegatives(SpeakerGroups())
    assert NTXent(NTXentLoss(negatives=oracle)).uses_labels
    assert not NTXent(NTXentLoss()).uses_labels
    assert not is_oracle(tmp_path / "nowhere")
