"""Whoever is in a trial list is not trained on; a list that cannot be right is named with its line."""

import shutil
from pathlib import Path

import pytest

from sb_contrastive.data.manifests.manifest import read_manifest


def test_lists_are_found_beside_the_folder_and_below(
    voxceleb, prepare, merged, tmp_path
):
    for place in (tmp_path, merged / "wav"):
        shutil.move(merged / "veri_test2.txt", place)
        assert voxceleb.ids(prepare(merged)) == voxceleb.DEV_IDS
        shutil.move(place / "veri_test2.txt", merged)
        (tmp_path / "train.csv").unlink()


def test_two_corpora_at_once(voxceleb, prepare, merged, tmp_path):
    other = tmp_path / "voxceleb2"
    voxceleb.speak(other / "dev/aac", {"id00012": {"21Uxsk56VDQ": 1}})
    voxceleb.speak(other / "test/aac", {"id00017": {"21Uxsk56VDQ": 1}})
    rows = prepare([merged, other])
    assert voxceleb.ids(rows) == [
        "id00012--21Uxsk56VDQ--00001",
        *voxceleb.DEV_IDS,
    ]
    assert Path(rows[0]["wav"]).is_absolute()
    # E names development speakers: nobody of VoxCeleb1 is left
    lines = [voxceleb.TRIAL, voxceleb.OTHER]
    for speaker, videos in voxceleb.DEV.items():
        lines += [
            f"0 {speaker}/{v}/00001.wav {voxceleb.OTHER.split()[1]}"
            for v in videos
        ]
    (merged / "list_test_all2.txt").write_text("\n".join(lines))
    rows = prepare([merged, other], trials=["O", "E"])
    assert voxceleb.ids(rows) == ["id00012--21Uxsk56VDQ--00001"]
    with pytest.raises(ValueError, match="E and H hold all of VoxCeleb1"):
        prepare(merged, trials=["E"])


def test_validation_speakers_and_trial_utterances(
    voxceleb, prepare, merged, tmp_path
):
    valid, test = tmp_path / "valid.csv", tmp_path / "test.csv"
    rows = prepare(
        merged,
        valid_csv=valid,
        validation_speakers=1,
        test_csv=test,
        chunk_seconds=0.05,
    )
    held = read_manifest(valid, data_root=merged)
    train = {row["spk_id"] for row in rows}
    assert len(train) == 2 and len({row["spk_id"] for row in held}) == 1
    assert train | {row["spk_id"] for row in held} == voxceleb.DEV.keys()
    # whole, and only what the list names
    assert voxceleb.ids(read_manifest(test, data_root=merged)) == [
        "id10270---jEAjG6Seg---00001",
        "id10270--x6uYqmx31kE--00001",
        "id10271--v--00001",
    ]


@pytest.mark.parametrize(
    "line, error, message",
    [
        (
            "0 id10270/x6uYqmx31kE/00001.wav id10270/gone/00009.wav",
            FileNotFoundError,
            r":2 names id10270/gone/00009, which is not .* 1 of 3 utter",
        ),
        (
            "0 id10270/x6uYqmx31kE/00001.wav id19999/gone/00009.wav",
            FileNotFoundError,
            ":2 names id19999/gone/00009",
        ),
        ("1 id10270/v/1.wav", ValueError, ":2 has 2 fields, not the 3 of"),
        (
            "id10270/x6uYqmx31kE/00001.wav id10271/v/00001.wav target",
            ValueError,
            ":2 has the label 'id10270/x6uYqmx31kE/00001.wav'",
        ),
        ("0 a.wav b.wav", ValueError, ":2 names 'a.wav', which is not like"),
    ],
)
def test_a_wrong_list_is_named_with_its_line(
    voxceleb, prepare, merged, tmp_path, line, error, message
):
    (merged / "veri_test2.txt").write_text(f"{voxceleb.TRIAL}\n{line}\n")
    with pytest.raises(error, match="veri_test2.txt" + message):
        prepare(merged)
    assert not (tmp_path / "train.csv").exists()


def test_a_list_that_is_not_there(prepare, merged, tmp_path):
    with pytest.raises(FileNotFoundError, match="list_test_hard2.txt"):
        prepare(merged, trials=["H"])
    with pytest.raises(FileNotFoundError, match="did you mean 'O_original'"):
        prepare(merged, trials="O_orignal")
    (merged / "empty.txt").touch()
    with pytest.raises(ValueError, match="lists no trial"):
        prepare(merged, trials=[merged / "empty.txt"])
    mine = tmp_path / "mine.txt"
    mine.write_text(
        "0 id10001/1zcIwhmdeo4/00001.wav id10002/abcdefgh--_/1.wav\n"
        "1 id10001/1zcIwhmdeo4/00001.wav id10001/-a--bcdefgh/00001.wav\n"
    )
    with pytest.raises(FileNotFoundError, match="mine.txt:1 names id10002"):
        prepare(merged, trials=[mine])
