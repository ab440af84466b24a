"""Partners: never oneself, other recordings, other speakers, order and keys."""

import pytest

from sb_contrastive.data.sampling.triplets import ClassTriplets, ViewTriplets

ROWS = [
    {"ID": f"u{i}", "wav": f"{i}.wav", "label": "abc"[i % 3], "spk_id": f"s{s}"}
    for i, s in enumerate([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])
]
NAMES = [row["ID"] for row in ROWS]


@pytest.mark.parametrize("epoch", range(5))
def test_positives_are_strangers_of_the_class_and_negatives_of_another(epoch):
    triplets = ClassTriplets(ROWS, seed=1)(NAMES, epoch)
    assert [a for a, _, _ in triplets] == list(range(12))
    for a, p, n in triplets:
        assert a != p and ROWS[a]["wav"] != ROWS[p]["wav"]
        assert ROWS[a]["label"] == ROWS[p]["label"] != ROWS[n]["label"]
        assert ROWS[a]["spk_id"] != ROWS[p]["spk_id"]


def test_the_same_speaker_will_do_where_there_is_no_other():
    rows = [{**row, "spk_id": "s"} for row in ROWS]
    assert len(ClassTriplets(rows, seed=1)(NAMES, 1)) == 12
    rows = [{k: v for k, v in row.items() if k != "spk_id"} for row in ROWS]
    assert len(ClassTriplets(rows, seed=1)(NAMES, 1)) == 12


def test_the_same_recording_will_not():
    rows = [{**row, "wav": row["label"]} for row in ROWS]
    assert ClassTriplets(rows, seed=1)(NAMES, 1) == []
    # Two views of an utterance are of one recording
    assert ClassTriplets(ROWS, seed=1)(["u0", "u1", "u0", "u1"], 1) == []


def test_who_lacks_a_partner_is_no_anchor():
    partners = ClassTriplets(ROWS, seed=1)
    triplets = partners(["u0", "u3", "u1"], 1)
    assert triplets == [(0, 1, 2), (1, 0, 2)]
    assert partners(["u0", "u3", "u6"], 1) == []  # one class: no negative


def test_every_candidate_is_drawn_sooner_or_later():
    partners = ClassTriplets(ROWS, seed=1)
    positives, negatives = set(), set()
    for epoch in range(200):
        (a, p, n), *_ = partners(NAMES, epoch)
        positives.add(p)
        negatives.add(n)
    assert positives == {6, 9}  # u3 is of the speaker of u0
    assert negatives == {i for i in range(12) if i % 3}


def test_order_in_the_batch_changes_nothing():
    partners = ClassTriplets(ROWS, seed=1)
    turned = NAMES[5:] + NAMES[:5]

    def named(names):
        return {
            tuple(names[i] for i in triplet) for triplet in partners(names, 3)
        }

    assert named(NAMES) == named(turned)
    assert named(NAMES) != {
        tuple(NAMES[i] for i in t)
        for t in ClassTriplets(ROWS, seed=2)(NAMES, 3)
    }
    assert partners(NAMES, 3) == partners(NAMES, 3) != partners(NAMES, 4)


def test_two_views_of_an_anchor_draw_apart():
    triplets = ClassTriplets(ROWS, seed=1)(NAMES * 2, 1)
    assert len(triplets) == 24
    first, second = triplets[:12], triplets[12:]
    assert [p % 12 for _, p, _ in first] != [p % 12 for _, p, _ in second]


@pytest.mark.parametrize("B", [2, 3, 7])
def test_views_of_an_utterance_are_partners(B):
    names = [f"u{i}" for i in range(B)]
    partners = ViewTriplets(seed=1)
    seen = set()
    for epoch in range(60):
        triplets = partners(names * 2, epoch)
        assert [(a, p) for a, p, _ in triplets] == [
            (i, B + i) for i in range(B)
        ]
        assert all(n >= B and n != p for _, p, n in triplets)
        seen.add(triplets[0][2])
    assert seen == set(range(B + 1, 2 * B))


def test_views_that_do_not_match_are_refused():
    for names in (["a", "a"], ["a", "b", "b", "a"], ["a", "b", "c"]):
        with pytest.raises(ValueError, match="crops counts"):
            ViewTriplets(seed=1)(names, 1)
