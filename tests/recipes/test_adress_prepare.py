"""ADReSS and ADReSSo are prepared from tiny imitations that hold every trap of their layouts, and every fault is named."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sb_contrastive.data.manifests.manifest import read_manifest

SCRIPT = Path(__file__).parents[2] / "recipes/ADReSS/adress_prepare.py"
spec = importlib.util.spec_from_file_location("adress_prepare", SCRIPT)
recipe = importlib.util.module_from_spec(spec)
spec.loader.exec_module(recipe)

RATE = 44100
CHAT = (
    "@UTF8\n@ID:\teng|Pitt|PAR|74;|male|Control||Participant||30|\n"
    "*INV:\twhat do you see ? \x15100_900\x15\n"
    "*PAR:\ta boy and &uh\n\ta stool . \x151000_2500\x15\n"
    "%wor:\ta \x15100_200\x15 boy \x15200_300\x15\n"
    "*PAR:\twater . \x152500_2800\x15\n"
    "*INV:\tmhm . \x152800_3000\x15\n"
    "*PAR:\tyes . \x153000_4100\x15\n"
)
TABLE = (
    '"",speaker,begin,end\n"1",INV,0,500\n"2",PAR,500,1500\n"3",INV,1500,2000\n'
)


def speak(path, seconds=4.0, rate=RATE):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.full(round(seconds * rate), 0.01), rate)


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def litter(root):
    for folder in [p for p in root.rglob("*") if p.is_dir()]:
        (folder / ".DS_Store").write_bytes(b"\0")
        (folder / "._S001.wav").write_bytes(b"\0")


@pytest.fixture
def adress(tmp_path):
    root = tmp_path / "ADReSS-IS2020-data"
    for subject, place in {
        "S001": "train/{}/cc",
        "S002": "train/{}/cc",
        "S079": "train/{}/cd",
        "S160": "test/{}",
        "S161": "test/{}",
    }.items():
        audio = root / place.format("Full_wave_enhanced_audio")
        speak(audio / f"{subject}.wav")
        chunks = root / place.format("Normalised_audio-chunks")
        for k in range(2):
            speak(chunks / f"{subject}-240-9902-1137{k}-1-0-1390.wav", 1.0)
        put(root / place.format("transcription") / f"{subject}.cha", CHAT)
    header = "ID   ; age ; gender ;  mmse\n"
    put(
        root / "train/cc_meta_data.txt",
        header + "S001 ;  74 ;  male  ;  NA\nS002; 62;female ; 30\n",
    )
    put(root / "train/cd_meta_data.txt", header + "S079 ; 71 ; female ; 14\n\n")
    put(root / "train/README.md", "")
    put(
        root / "test/meta_data.txt",
        "ID   ; age ; gender\nS160 ; 66 ; male\nS161 ; 70 ; female \n",
    )
    put(root / "test/test_results.txt", "ID   ; Prediction\nS160 ;\nS161 ;\n")
    litter(root)
    return root


LABELLED = (
    "ID   ; age ; gender ; Label ; mmse\n"
    "S160 ; 66 ; 0 ; 0 ; 29\nS161 ; 70 ; 1 ; 1 ; NA\n"
)


@pytest.fixture
def adresso(tmp_path):
    root = tmp_path / "ADReSSo21"
    part = root / "diagnosis/train"
    for subject, label in [("adrso001", "ad"), ("adrso002", "cn")]:
        speak(part / "audio" / label / f"{subject}.wav", 3.0, 16000)
        put(part / "segmentation" / label / f"{subject}.csv", TABLE)
    put(
        part / "adresso-train-mmse-scores.csv",
        '"","adressfname","mmse","dx"\n"1","adrso001",17,"ad"\n"2","adrso002",29,"cn"\n',
    )
    part = root / "diagnosis/test-dist"
    for number in (1, 10):
        speak(part / f"audio/adrsdt{number}.wav", 3.0, 16000)
        put(part / f"segmentation/adrsdt{number}.csv", TABLE)
    put(part / "test_results_task1.csv", "ID,Prediction\nadrsdt1,\nadrsdt10,\n")
    put(root / "task1.csv", "ID,Dx\nadrsdt1,Control\nadrsdt10,ProbableAD\n")
    put(root / "task2.csv", "ID,MMSE\nadrsdt1,30\nadrsdt10,18\n")
    speak(root / "progression/train/audio/decline/adrsp001.wav", 1.0, 16000)
    litter(root)
    return root


def prepare(root, tmp_path, **options):
    path = tmp_path / "all.csv"
    options = {"expected_subjects": None, **options}
    recipe.prepare_adress(root, path, **options)
    return read_manifest(path, data_root=root)


def faults(root, tmp_path, **options):
    with pytest.raises(ValueError) as error:
        prepare(root, tmp_path, **options)
    assert not (tmp_path / "all.csv").exists()
    return str(error.value)


def of_subjects(rows, *names):
    return {r["subject"]: tuple(r.get(name) for name in names) for r in rows}


def test_every_column_of_a_turn(adress, tmp_path):
    rows = prepare(adress, tmp_path)
    row = next(row for row in rows if row["ID"] == "S001_000")
    wav = adress / "train/Full_wave_enhanced_audio/cc/S001.wav"
    assert row == {
        "ID": "S001_000",
        "duration": pytest.approx(1.8),
        "wav": wav.as_posix(),
        "start": RATE,
        "stop": round(2.8 * RATE),
        "spk_id": "S001",
        "label": "control",
        "sex": "m",
        "subject": "S001",
        "split": "train",
        "age": "74",
        "source": row["source"],
    }
    # The last turn ends 0.1 s after the recording: marks are rounded
    assert [r["stop"] for r in rows if r["subject"] == "S001"][1] == 4 * RATE
    assert len(rows) == 10


def test_labels_ages_and_scores_of_every_subject(adress, tmp_path):
    rows = prepare(adress, tmp_path)
    assert of_subjects(rows, "split", "label", "sex", "age", "mmse") == {
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
def test_labels_of_the_test_part_lie_anywhere(adress, tmp_path, place):
    put(adress / place, LABELLED)
    found = of_subjects(prepare(adress, tmp_path), "label", "sex", "mmse")
    assert found["S160"] == ("control", "m", "29")
    assert found["S161"] == ("dementia", "f", None)


def test_a_test_part_without_any_table(adress, tmp_path):
    (adress / "test/meta_data.txt").unlink()
    rows = prepare(adress, tmp_path)
    assert of_subjects(rows, "label")["S161"] == (None,)


def test_chunks_belong_to_the_subject_before_the_first_dash(adress, tmp_path):
    rows = prepare(adress, tmp_path, audio="chunks")
    assert [r["ID"] for r in rows if r["subject"] == "S079"] == [
        "S079-240-9902-11370-1-0-1390",
        "S079-240-9902-11371-1-0-1390",
    ]
    assert len(rows) == 10 and all(r["stop"] == RATE for r in rows)


def test_whole_recordings_where_asked_or_nothing_says_who_spoke(
    adress, tmp_path
):
    rows = prepare(adress, tmp_path, turns="all")
    assert [(r["ID"], r["stop"]) for r in rows][0] == ("S001", 4 * RATE)
    for part in ("train", "test"):
        (adress / part / "transcription").rename(adress / part / "text")
    assert prepare(adress, tmp_path) == rows


def test_transcription_in_capitals_and_old_time_marks(adress, tmp_path):
    first = prepare(adress, tmp_path)
    folder = adress / "train" / "transcription"
    folder.rename(folder.with_name("Transcription"))
    file = folder.with_name("Transcription") / "cc/S001.cha"
    file.write_text(CHAT.replace(" \x15", ' \x15%snd:"S001"_'))
    assert prepare(adress, tmp_path) == first


def test_the_csv_is_portable_and_from_above_the_same(adress, tmp_path):
    rows = prepare(adress, tmp_path)
    text = (tmp_path / "all.csv").read_text()
    assert "$data_root/train/Full" in text and str(tmp_path) not in text
    above = prepare(tmp_path, tmp_path)
    assert [r["wav"] for r in above] == [r["wav"] for r in rows]


def test_adresso(adresso, tmp_path):
    rows = prepare(adresso, tmp_path)
    assert of_subjects(rows, "split", "label", "mmse", "start", "stop") == {
        "adrso001": ("train", "dementia", "17", 8000, 24000),
        "adrso002": ("train", "control", "29", 8000, 24000),
        "adrsdt1": ("test", "control", "30", 8000, 24000),
        "adrsdt10": ("test", "dementia", "18", 8000, 24000),
    }


def test_adresso_without_the_truth_or_an_index_column(adresso, tmp_path):
    (adresso / "task1.csv").unlink()
    (adresso / "task2.csv").unlink()
    put(
        adresso / "diagnosis/train/adresso-train-mmse-scores.csv",
        "adressfname,mmse,dx\nadrso001.wav,17,ad\nadrso002.wav,NA,cn\n",
    )
    found = of_subjects(prepare(adresso, tmp_path), "label", "mmse")
    assert found["adrsdt1"] == (None, None)
    assert found["adrso002"] == ("control", None)


def test_a_segmentation_of_the_interviewer_alone_leaves_the_rest(
    adresso, tmp_path
):
    put(
        adresso / "diagnosis/test-dist/segmentation/adrsdt1.csv",
        '"","speaker","begin","end"\n"1","INV",0,500\n"2","INV",1500,2000\n',
    )
    rows = [
        row for row in prepare(adresso, tmp_path) if row["subject"] == "adrsdt1"
    ]
    spans = [(row["start"], row["stop"]) for row in rows]
    assert spans == [(8000, 24000), (32000, 48000)]


def test_every_fault_is_in_one_report(adress, tmp_path):
    train = adress / "train"
    audio = train / "Full_wave_enhanced_audio"
    (audio / "cc/S002.wav").write_bytes(b"")  # empty file
    speak(audio / "cd/S001.wav")  # in both classes
    speak(audio / "cc/S003.wav")  # audio without meta data
    put(train / "transcription/cc/S003.cha", CHAT)
    text = (train / "cd_meta_data.txt").read_text()
    put(
        train / "cd_meta_data.txt",
        text + "S079 ; 71 ; female ; 14\nS080; 70; femal; 31\nS081; 5\n",
    )
    speak(adress / "test/Full_wave_enhanced_audio/S079.wav")  # both parts
    put(adress / "test/transcription/S079.cha", CHAT)
    (adress / "test/transcription/S161.cha").unlink()
    put(adress / "test/transcription/S160.cha", CHAT.replace("PAR", "PAX"))
    report = faults(adress, tmp_path)
    for line in (
        r"S080: no audio, but listed in",
        r"S080: .*:5 has the sex 'femal'; did you mean 'female'",
        r"S080: .*:5 has the mmse '31'",
        r"  .*cd_meta_data.txt:6 has 2 cells, not 4",
        r"S079: listed twice, .*:2 and .*:4",
        r"S002: .*S002.wav is unreadable",
        r"S001: has audio twice: .*cc/S001.wav, .*cd/S001.wav",
        r"S003: .*S003.wav is listed in no table",
        r"S079: in both parts: ",
        r"S079: .*test/Full_wave_enhanced_audio/S079.wav is listed in no table",
        r"S161: .*S161.wav has no transcript",
        r"S160: .*S160.cha has no \*PAR",
    ):
        assert [x for x in report.splitlines() if re.search(line, x)], (
            line,
            report,
        )
    count = int(report.split()[0])
    assert count == len(report.splitlines()) - 1


@pytest.mark.parametrize(
    "name, text, message",
    [
        ("train/cc_meta_data.txt", "", "cc_meta_data.txt is empty"),
        ("train/cc_meta_data.txt", "Name;age\nS001;3\n", "no column id or"),
        ("test/meta_data_test.txt", LABELLED.replace("; 66", "; 67"), "age is"),
        (
            "test/meta_data_test.txt",
            LABELLED.replace("0 ; 29", "2 ; 29"),
            "'2'",
        ),
        ("train/transcription/cc/S009.cha", CHAT, "belongs to no recording"),
        ("train/transcription/cc/S001.cha", "*PAR:\ta boy .\n", "with times"),
        (
            "train/transcription/cc/S001.cha",
            CHAT.replace("3000_4100", "9000_9900"),
            "from 9000 to 9900 ms, but the recording lasts 4000 ms",
        ),
    ],
)
def test_a_broken_table_or_transcript_is_named(
    adress, tmp_path, name, text, message
):
    put(adress / name, text)
    assert message in faults(adress, tmp_path)


def test_a_table_that_contradicts_the_folder_is_a_fault(adresso, tmp_path):
    path = adresso / "diagnosis/train/adresso-train-mmse-scores.csv"
    put(path, path.read_text().replace('"cn"', '"ad"'))
    assert "adrso002.wav is not dementia" in faults(adresso, tmp_path)
    path.unlink()
    assert "has no adresso-train-mmse-scores.csv" in faults(adresso, tmp_path)


@pytest.mark.parametrize(
    "text, message",
    [
        ("", ":1 has no column begin, end, speaker"),
        ('"",speaker,begin,end\n', "lists no turn"),
        ('"",speaker,begin,end\n"1",PAR,x,3\n', ":2 has no begin and end"),
        ('"",speaker,begin,end\n"1",INV,0,3000\n', "leaves nothing"),
    ],
)
def test_a_broken_segmentation_is_named(adresso, tmp_path, text, message):
    put(adresso / "diagnosis/train/segmentation/ad/adrso001.csv", text)
    assert message in faults(adresso, tmp_path)


def test_faulty_subjects_are_left_out_on_request_only(adress, tmp_path):
    (adress / "train/Full_wave_enhanced_audio/cc/S002.wav").unlink()
    rows = prepare(adress, tmp_path, on_fault="skip")
    assert set(of_subjects(rows)) == {"S001", "S079", "S160", "S161"}
    (adress / "train/cc_meta_data.txt").write_text("")
    with pytest.raises(ValueError, match="cc_meta_data.txt is empty"):
        prepare(adress, tmp_path, on_fault="skip")


def test_the_published_numbers_are_checked(adress, adresso, tmp_path):
    with pytest.raises(ValueError, match="3 subjects .* not 108"):
        prepare(adress, tmp_path, expected_subjects="published")
    prepare(adress, tmp_path, expected_subjects={"train": 3, "test": 2})
    # Those of 2021 are unverified
    prepare(adresso, tmp_path, expected_subjects="published")


def test_errors_of_folders_and_options(adress, adresso, tmp_path):
    with pytest.raises(ValueError, match="both ADReSS and ADReSSo"):
        prepare(tmp_path, tmp_path)
    with pytest.raises(FileNotFoundError, match="neither ADReSS nor"):
        prepare(adresso / "progression", tmp_path)
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        prepare(tmp_path / "nowhere", tmp_path)
    with pytest.raises(ValueError, match="full for ADReSSo, not 'chunks'"):
        prepare(adresso, tmp_path, audio="chunks")
    with pytest.raises(ValueError, match="did you mean 'participant'"):
        prepare(adress, tmp_path, turns="participants")
    (adress / "train/Full_wave_enhanced_audio/xx").mkdir()
    with pytest.raises(ValueError, match="xx is named like no class"):
        prepare(adress, tmp_path)


def test_skip_prep(adress, tmp_path):
    recipe.prepare_adress(adress, tmp_path / "all.csv", skip_prep=True)
    assert not (tmp_path / "all.csv").exists()
