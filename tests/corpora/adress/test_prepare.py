"""ADReSS and ADReSSo are prepared from tiny imitations that hold every trap of their layouts."""

import pytest

from sb_contrastive.data.manifests.source import SOURCE


def test_every_column_of_a_turn(imitation, prepare, adress):
    rows = prepare(adress)
    row = next(row for row in rows if row["ID"] == "S001_000")
    wav = adress / "train/Full_wave_enhanced_audio/cc/S001.wav"
    assert row == {
        "ID": "S001_000",
        "duration": pytest.approx(1.8),
        "wav": wav.as_posix(),
        "start": imitation.RATE,
        "stop": round(2.8 * imitation.RATE),
        "spk_id": "S001",
        "label": "control",
        "sex": "m",
        "subject": "S001",
        "split": "train",
        "age": "74",
        SOURCE: row[SOURCE],
    }
    # The last turn ends 0.1 s after the recording: marks are rounded
    assert [r["stop"] for r in rows if r["subject"] == "S001"][
        1
    ] == 4 * imitation.RATE
    assert len(rows) == 10


def test_labels_ages_and_scores_of_every_subject(imitation, prepare, adress):
    rows = prepare(adress)
    assert imitation.of_subjects(
        rows, "split", "label", "sex", "age", "mmse"
    ) == {
        "S001": ("train", "control", "m", "74", None),
        "S002": ("train", "control", "f", "62", "30"),
        "S079": ("train", "dementia", "f", "71", "14"),
        "S160": ("test", None, "m", "66", None),
        "S161": ("test", None, "f", "70", None),
    }


@pytest.mark.parametrize(
    "place",
    [
        "test/meta_data.txt",
        "test/meta_data_test.txt",
        "meta_data_test.txt",
        "meta_data.txt",
    ],
)
def test_labels_of_the_test_part_lie_anywhere(
    imitation, prepare, adress, place
):
    imitation.put(adress / place, imitation.LABELLED)
    found = imitation.of_subjects(prepare(adress), "label", "sex", "mmse")
    assert found["S160"] == ("control", "m", "29")
    assert found["S161"] == ("dementia", "f", None)


def test_a_test_part_without_any_table(imitation, prepare, adress):
    (adress / "test/meta_data.txt").unlink()
    rows = prepare(adress)
    assert imitation.of_subjects(rows, "label")["S161"] == (None,)


def test_chunks_belong_to_the_subject_before_the_first_dash(
    imitation, prepare, adress
):
    rows = prepare(adress, audio="chunks")
    assert [r["ID"] for r in rows if r["subject"] == "S079"] == [
        "S079-240-9902-11370-1-0-1390",
        "S079-240-9902-11371-1-0-1390",
    ]
    assert len(rows) == 10 and all(r["stop"] == imitation.RATE for r in rows)


def test_whole_recordings_where_asked_or_nothing_says_who_spoke(
    imitation, prepare, adress
):
    rows = prepare(adress, turns="all")
    assert [(r["ID"], r["stop"]) for r in rows][0] == (
        "S001",
        4 * imitation.RATE,
    )
    for part in ("train", "test"):
        (adress / part / "transcription").rename(adress / part / "text")
    assert prepare(adress) == rows


def test_transcription_in_capitals_and_old_time_marks(
    imitation, prepare, adress
):
    first = prepare(adress)
    folder = adress / "train" / "transcription"
    folder.rename(folder.with_name("Transcription"))
    file = folder.with_name("Transcription") / "cc/S001.cha"
    file.write_text(imitation.CHAT.replace(" \x15", ' \x15%snd:"S001"_'))
    assert prepare(adress) == first


def test_the_csv_is_portable_and_from_above_the_same(prepare, adress, tmp_path):
    rows = prepare(adress)
    text = (tmp_path / "all.csv").read_text()
    assert "$data_root/train/Full" in text and str(tmp_path) not in text
    above = prepare(tmp_path)
    assert [r["wav"] for r in above] == [r["wav"] for r in rows]


def test_adresso(imitation, prepare, adresso):
    rows = prepare(adresso)
    assert imitation.of_subjects(
        rows, "split", "label", "mmse", "start", "stop"
    ) == {
        "adrso001": ("train", "dementia", "17", 8000, 24000),
        "adrso002": ("train", "control", "29", 8000, 24000),
        "adrsdt1": ("test", "control", "30", 8000, 24000),
        "adrsdt10": ("test", "dementia", "18", 8000, 24000),
    }


def test_adresso_without_the_truth_or_an_index_column(
    imitation, prepare, adresso
):
    (adresso / "task1.csv").unlink()
    (adresso / "task2.csv").unlink()
    imitation.put(
        adresso / "diagnosis/train/adresso-train-mmse-scores.csv",
        "adressfname,mmse,dx\nadrso001.wav,17,ad\nadrso002.wav,NA,cn\n",
    )
    found = imitation.of_subjects(prepare(adresso), "label", "mmse")
    assert found["adrsdt1"] == (None, None)
    assert found["adrso002"] == ("control", None)


def test_a_segmentation_of_the_interviewer_alone_leaves_the_rest(
    imitation, prepare, adresso
):
    imitation.put(
        adresso / "diagnosis/test-dist/segmentation/adrsdt1.csv",
        '"","speaker","begin","end"\n"1","INV",0,500\n"2","INV",1500,2000\n',
    )
    rows = [row for row in prepare(adresso) if row["subject"] == "adrsdt1"]
    spans = [(row["start"], row["stop"]) for row in rows]
    assert spans == [(8000, 24000), (32000, 48000)]
