"""Crops come from the whole cluster, in every process that reads audio."""

import pytest
import torch
from speechbrain.dataio.batch import PaddedBatch
from torch.utils.data import DataLoader

from sb_contrastive.data.audio.reading import read_samples
from sb_contrastive.data.views import RandomCrops
from sb_contrastive.data.views.crops import repeat_to
from sb_contrastive.data.views.datasets import crop_dataset
from sb_contrastive.data.views.partners import Partners
from sb_contrastive.distributed import gather_objects
from sb_contrastive.objectives import (
    ClusterAwareCrops,
    ClusteredMemory,
    SpeakerGroups,
)
from sb_contrastive.schedules import Constant
from sb_contrastive.utterance_memory import UtteranceMemory


def crops():
    return RandomCrops(
        [2], [0.2], seed=1, disjoint=True, reference_seconds=0.25
    )


@pytest.fixture
def prepared(rows):
    own, positives = crops(), ClusterAwareCrops(SpeakerGroups(), begins=0.5)
    positives.prepare(rows[:18], targets=1, crops=own)
    return own, positives


def audio(row):
    return row["ID"], row["wav"], row["start"], row["stop"]


def test_each_crop_is_a_piece_of_somebody_of_the_group(rows, prepared):
    own, positives = prepared
    plain = [crops()(*audio(row)) for row in rows]
    positives.begin_epoch(2, epochs=4)  # it begins in the third
    for row, expected in zip(rows, plain):
        assert all(map(torch.equal, own(*audio(row)), expected))
    positives.begin_epoch(3, epochs=4)
    strangers = 0
    for row, expected in zip(rows[:18], plain):
        pair, reference = own(*audio(row))
        assert torch.equal(reference, expected[1])  # of the utterance itself
        others = [r for r in rows[:18] if r["spk_id"] == row["spk_id"]]
        for view, crop in enumerate(pair):
            found = [r for r in others if _holds(r, crop, own, row["ID"], view)]
            assert len(found) == 1
            strangers += found[0] is not row
    assert strangers > 18  # of 36, each drawn among four or five
    # What is held out has no group
    assert torch.equal(own(*audio(rows[20]))[0], plain[20][0])
    positives.begin_epoch(1, epochs=4)
    assert torch.equal(own(*audio(rows[3]))[0], plain[3][0])


def test_the_log_tells_whose_crops_are_drawn(rows, prepared):
    """The share of replaced crops, and of right ones, of many epochs' draws."""
    own, positives = prepared
    speaker = {(r["wav"], r["start"]): r["spk_id"] for r in rows}
    groups = torch.tensor([0, 0, 0, 0, 1, 1, 1, 1, 1, 2, -1] + 7 * [3])
    positives.groups.groups_of = lambda numbers: groups[None]
    positives.begin_epoch(3, epochs=4)
    # Whoever is alone in a group keeps crops that avoid each other
    assert [
        n for n in range(18) if not positives.partners.has_group(rows[n]["ID"])
    ] == [9, 10]
    replaced = same = 0
    for place, row in enumerate(rows[:18]):
        for draw in range(400 * (place not in (9, 10))):
            wav, start, _ = positives.partners.draw(row["ID"], draw)
            other = (wav, start) != (row["wav"], row["start"])
            replaced += other
            same += other and speaker[wav, start] == row["spk_id"]
    found = positives.figures()
    assert abs(found["positives_replaced"] - replaced / 400 / 18) < 0.02
    assert abs(found["positives_same_speaker"] - same / replaced) < 0.02
    assert 0 < found["positives_same_speaker"] < 1
    positives.begin_epoch(2, epochs=4)
    assert positives.figures() == {}


def _holds(row, crop, own, utterance, view):
    samples = row["stop"] - row["start"]
    first = own._draw(max(samples - 3200, 0) + 1, utterance, view, "crop")
    piece = read_samples(row["wav"], first, first + 3200)
    return torch.equal(
        crop, torch.from_numpy(repeat_to(piece - piece.mean(), 3200))
    )


def test_workers_that_outlive_an_epoch_see_the_groups(rows, prepared):
    own, positives = prepared
    loader = DataLoader(
        crop_dataset(rows[:18], own, ["pair", "reference"]),
        batch_size=6,
        num_workers=1,
        persistent_workers=True,
        collate_fn=PaddedBatch,
    )
    before = [batch.pair.data for batch in loader]
    positives.begin_epoch(3, epochs=4)
    after = [batch.pair.data for batch in loader]
    assert not torch.equal(before[0], after[0])
    expected = torch.stack([own(*audio(row))[0] for row in rows[:6]])
    assert torch.equal(after[0], expected)


def test_other_crops_are_refused(rows):
    with pytest.raises(
        ValueError, match="these are list: take other positives"
    ):
        ClusterAwareCrops(SpeakerGroups()).prepare(rows, 1, crops=[])


def cluster_crops(at_end=None):
    memory = UtteranceMemory(None, 8, views=1)
    groups = ClusteredMemory(memory, 3, seed=2, clusters_at_end=at_end)
    return ClusterAwareCrops(groups, begins=0.3)


@pytest.mark.parametrize("at_end", [None, 6])
def test_resumed_equals_uninterrupted(
    at_end, build, resumed_run, copy_of, unchanged
):
    whole, second = resumed_run(
        build,
        7,
        7,
        names=["LeJEPA"],
        positives=lambda: cluster_crops(at_end),
        reference=0.25,
        run_opts={"ckpt_interval_steps": 1},
    )
    assert (whole.positives.partners.groups >= 0).sum() > 9
    assert whole.positives.groups.latest.shape[1] == (at_end or 3)
    unchanged(second.positives, copy_of(whole.positives))
    groups = whole.positives.partners.groups
    assert torch.equal(second.positives.partners.groups, groups)


def test_two_processes_draw_as_one(build, doubled_run, monkeypatch):
    """Each has half of the batches, and draws among all utterances."""
    draws, own_draw = {}, Partners.draw

    def draw(self, utterance, *keys):
        audio = own_draw(self, utterance, *keys)
        known = [(r["wav"], r["start"], r["stop"]) for r in self.rows]
        draws[f"drawn for {utterance} {keys}"] = known.index(audio)
        return audio

    def make(**options):
        brain, fit = build(**options)
        draws.clear()

        def fit_and_note():
            fit()
            for of_rank in gather_objects(draws):
                brain.log.rows[-1] |= of_rank  # which is compared

        return brain, fit_and_note

    monkeypatch.setattr(Partners, "draw", draw)
    one = doubled_run(
        make,
        6,
        epochs=2,
        # Rounding errors grow with the steps that are taken
        learning_rate=Constant(0.0005),
        names=["LeJEPA"],
        positives=lambda: cluster_crops(at_end=5),
        reference=0.25,
    )
    found = [key for key in one["log"][-1] if key.startswith("drawn for")]
    assert len(found) == 72  # 18 utterances, four crops, in the second epoch
