"""Groups of a memory that are speakers where embeddings tell them apart, and none elsewhere."""

import copy

import pytest
import torch

from sb_contrastive.objectives import SSPS, Moment, PseudoSpeakers
from sb_contrastive.queue import recording_ids
from sb_contrastive.utterance_memory import UtteranceMemory

NAMES = [f"{speaker}{n}" for n in range(8) for speaker in "abcdef"]
ROWS = [
    {"ID": name, "corpus": "one" if name[0] in "abc" else "other"}
    for name in NAMES
]


def embeddings(noise=0.05, seed=0, strangers=""):
    """One direction for each speaker [1, N, D], or for each utterance."""
    generator = torch.Generator().manual_seed(seed)
    voices = torch.eye(32)[[ord(name[0]) - ord("a") for name in NAMES]]
    own = torch.randn(len(NAMES), 32, generator=generator) / 32**0.5
    alone = torch.tensor([name[0] in strangers for name in NAMES])
    z = torch.where(alone[:, None], own, voices)
    return (z + noise * torch.randn(z.shape, generator=generator))[None]


def filled(z, **options):
    groups = PseudoSpeakers(UtteranceMemory(None, 32, views=1), **options)
    groups.prepare(ROWS)
    for first in range(0, len(NAMES), 12):
        part = slice(first, first + 12)
        groups.memory.write(NAMES[part], z[:, part])
    return groups


def found(groups, names=NAMES):
    return groups.groups_of(recording_ids(names))[0].tolist()


def partners(labels, name):
    own = labels[NAMES.index(name)]
    return {n for n, label in zip(NAMES, labels) if label == own and own >= 0}


def test_groups_are_the_speakers_where_that_is_clear():
    groups = filled(embeddings())
    assert groups.begin_epoch(2)
    labels = found(groups)
    for name in NAMES:
        assert partners(labels, name) == {n for n in NAMES if n[0] == name[0]}
    assert found(groups, ["z0"]) == [-1]


def test_nothing_is_grouped_where_nothing_tells_speakers_apart(caplog):
    groups = filled(embeddings(strangers="abcdef"))
    assert not groups.begin_epoch(2)
    assert set(found(groups)) == {-1}
    assert "each utterance is by itself" in caplog.text


def test_a_corpus_of_strangers_has_no_groups_beside_another():
    groups = filled(embeddings(strangers="def"))
    assert groups.begin_epoch(2)
    labels = found(groups)
    assert partners(labels, "b3") == {n for n in NAMES if n[0] == "b"}
    assert all(label == -1 for n, label in zip(NAMES, labels) if n[0] in "def")


def test_an_epoch_that_is_resumed_keeps_its_groups():
    groups = filled(embeddings())
    groups.begin_epoch(2)
    before = found(groups)
    other = filled(embeddings())
    other.load_state_dict(copy.deepcopy(groups.state_dict()))
    other.memory.write(NAMES, embeddings(seed=1, strangers="abcdef"))
    assert not other.begin_epoch(2) and found(other) == before
    other.begin_epoch(3)
    assert found(other) != before


def test_positives_are_drawn_from_them():
    groups = PseudoSpeakers(UtteranceMemory(None, 32, views=1))
    ssps = SSPS(groups, 32, window=0, begins=0.0)
    rows = [{**row, "spk_id": row["ID"][0]} for row in ROWS]
    ssps.prepare(rows, targets=1, crops=None)
    ssps.begin_epoch(1, epochs=4)
    z = embeddings(strangers="def")
    ssps.note(Moment(0.0, 0, 1, NAMES), z, z[0])
    ssps.begin_epoch(2, epochs=4)
    moment = Moment(0.0, 0, 2, NAMES)
    drawn = ssps.draw(moment, z)
    assert drawn.found.tolist() == [n[0] in "abc" for n in NAMES]
    ssps.note(moment, z, z[0], drawn)
    assert ssps.figures()["positives_same_speaker"] == 1
    with pytest.raises(ValueError, match="set window to 0, got 1"):
        SSPS(groups, 32)


def test_an_utterance_of_no_part_is_refused():
    memory = UtteranceMemory(None, 32, views=1)
    PseudoSpeakers(memory).check([{"ID": "a"}])  # it is one corpus
    with pytest.raises(ValueError, match="a has no 'session'"):
        PseudoSpeakers(memory, within="session").check([{"ID": "a"}])
