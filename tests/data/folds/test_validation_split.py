"""Holding out: random corpora must keep their properties."""

import random
from collections import Counter

import pytest

from sb_contrastive.data.folds.validation_split import validation_split


def random_corpus(rng):
    """Rows with and without speakers, one to sixty utterances for each."""
    rows = []
    for speaker in range(rng.randint(2, 30)):
        known = rng.random() < 0.8
        for _ in range(rng.randint(1, rng.choice([3, 60]))):
            rows.append({"ID": f"utt{len(rows)}"})
            if known:
                rows[-1]["spk_id"] = f"spk{speaker}"
            elif rng.random() < 0.5:
                rows[-1]["spk_id"] = ""
    return rows


def groups(rows):
    return {row.get("spk_id") or row["ID"] for row in rows}


@pytest.mark.parametrize("case", range(200))
def test_properties_on_random_corpora(case):
    rng = random.Random(case)
    rows = random_corpus(rng)
    sizes = Counter(row.get("spk_id") or row["ID"] for row in rows)
    if len(sizes) < 2 or len(sizes) == 2 and max(sizes.values()) < 2:
        pytest.skip("too little to split")
    if len(sizes) == 2 and min(sizes.values()) < 2:
        pytest.skip("whole speakers leave one utterance")
    share = rng.choice([0.01, 0.05, 0.2, 0.5, 0.9, 0.99])
    train, held = validation_split(rows, share)
    # Nothing lost, nothing twice, both have something
    assert sorted(r["ID"] for r in train + held) == sorted(
        r["ID"] for r in rows
    )
    assert train and len(held) >= 2
    # No speaker on both sides
    assert groups(train).isdisjoint(groups(held))
    # At most the share, but for a first group that is larger than it
    few = max(share * len(rows), 2)
    assert len(held) <= few or len(groups(held)) == 1 or share < 0.2
    # Training rows keep their order
    assert train == [row for row in rows if row in train]
    # The order of the corpus does not matter
    shuffled = rng.sample(rows, len(rows))
    again = validation_split(shuffled, share)[1]
    assert {r["ID"] for r in again} == {r["ID"] for r in held}


@pytest.mark.parametrize("share", [0.05, 0.2])
def test_utterances_of_one_recording_stay_together(share):
    rows = [
        {"ID": f"u{i:03d}", "wav": f"/corpus/{i // 3}.wav"} for i in range(300)
    ]
    train, held = validation_split(rows, share)
    assert {r["wav"] for r in train}.isdisjoint(r["wav"] for r in held)
    assert len(held) == 300 * share
    # Where the files lie does not matter, and a file of one is as before
    moved = [{**r, "wav": "/elsewhere" + r["wav"]} for r in rows[::-1]]
    again = validation_split(moved, share)[1]
    assert {r["ID"] for r in again} == {r["ID"] for r in held}
    # Two long files: neither is held out as a whole
    long = [{**r, "wav": f"{i % 2}.wav"} for i, r in enumerate(rows)]
    assert len(validation_split(long, share)[1]) == 300 * share
    alone = [{"ID": r["ID"], "wav": f"{r['ID']}.wav"} for r in rows]
    ids = [{"ID": r["ID"]} for r in rows]
    names = [r["ID"] for r in validation_split(ids, share)[1]]
    assert [r["ID"] for r in validation_split(alone, share)[1]] == names


@pytest.mark.parametrize("share", [0.05, 0.1, 0.3])
def test_the_share_is_met_where_groups_are_small(share):
    rows = [{"ID": f"u{i}", "spk_id": f"s{i % 200}"} for i in range(1000)]
    held = validation_split(rows, share)[1]
    assert len(held) == pytest.approx(share * 1000, abs=5)


@pytest.mark.parametrize("name", ["a", "b", "c", "d", "e", "f", "g", "h"])
def test_a_large_speaker_is_not_held_out_for_a_small_share(name):
    # Else nearly nothing would be left to train on
    rows = [{"ID": f"{name}{i}", "spk_id": name} for i in range(99)]
    rows += [{"ID": f"o{i}", "spk_id": f"other than {name}"} for i in (0, 1)]
    train, held = validation_split(rows, 0.05)
    assert len(held) == 2 and len(train) == 99
    # Nor can one utterance be watched
    with pytest.raises(ValueError, match="2 utterances to watch.*add speakers"):
        validation_split(rows[:-1], 0.05)


@pytest.mark.parametrize("files", [3, 19, 39])
def test_two_of_few_files_without_speakers_are_held_out(files):
    rows = [{"ID": f"u{i}"} for i in range(files)]
    train, held = validation_split(rows, 0.05)
    assert len(held) == 2 and len(train) == files - 2


def test_adding_utterances_of_training_speakers_moves_none_into_training():
    rows = [{"ID": f"u{i}", "spk_id": f"s{i % 20}"} for i in range(100)]
    train, held = validation_split(rows, 0.2)
    more = [{"ID": f"new{i}", "spk_id": train[0]["spk_id"]} for i in range(3)]
    again = validation_split(rows + more, 0.2)[1]
    assert groups(held) <= groups(again)


@pytest.mark.parametrize("share", [0, 1, -0.5, 2])
def test_impossible_shares_are_refused(share):
    with pytest.raises(ValueError, match=r"\(0, 1\)"):
        validation_split([{"ID": "a"}, {"ID": "b"}], share)


def test_one_speaker_cannot_be_split():
    rows = [{"ID": f"u{i}", "spk_id": "s"} for i in range(10)]
    with pytest.raises(ValueError, match="only one speaker, .* add speakers"):
        validation_split(rows, 0.1)
