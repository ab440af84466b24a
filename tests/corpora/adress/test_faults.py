"""Every fault of a copy of ADReSS or ADReSSo is named in one report."""

import re

import pytest


@pytest.fixture
def faults(prepare, tmp_path):
    """The report of a folder that cannot be prepared."""

    def report(root, **options):
        with pytest.raises(ValueError) as error:
            prepare(root, **options)
        assert not (tmp_path / "all.csv").exists()
        return str(error.value)

    return report


def test_every_fault_is_in_one_report(imitation, faults, adress):
    train = adress / "train"
    audio = train / "Full_wave_enhanced_audio"
    (audio / "cc/S002.wav").write_bytes(b"")  # empty file
    imitation.speak(audio / "cd/S001.wav")  # in both classes
    imitation.speak(audio / "cc/S003.wav")  # audio without meta data
    imitation.put(train / "transcription/cc/S003.cha", imitation.CHAT)
    text = (train / "cd_meta_data.txt").read_text()
    imitation.put(
        train / "cd_meta_data.txt",
        text + "S079 ; 71 ; female ; 14\nS080; 70; femal; 31\nS081; 5\n",
    )
    imitation.speak(
        adress / "test/Full_wave_enhanced_audio/S079.wav"
    )  # both parts
    imitation.put(adress / "test/transcription/S079.cha", imitation.CHAT)
    (adress / "test/transcription/S161.cha").unlink()
    imitation.put(
        adress / "test/transcription/S160.cha",
        imitation.CHAT.replace("PAR", "PAX"),
    )
    report = faults(adress)
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
        ("train/transcription/cc/S001.cha", "*PAR:\ta boy .\n", "with times"),
    ],
)
def test_a_broken_table_or_transcript_is_named(
    faults, imitation, adress, name, text, message
):
    imitation.put(adress / name, text)
    assert message in faults(adress)


@pytest.mark.parametrize(
    "name, text, old, new, message",
    [
        ("test/meta_data_test.txt", "LABELLED", "; 66", "; 67", "age is"),
        ("test/meta_data_test.txt", "LABELLED", "0 ; 29", "2 ; 29", "'2'"),
        (
            "train/transcription/cc/S009.cha",
            "CHAT",
            "",
            "",
            "belongs to no recording",
        ),
        (
            "train/transcription/cc/S001.cha",
            "CHAT",
            "3000_4100",
            "9000_9900",
            "from 9000 to 9900 ms, but the recording lasts 4000 ms",
        ),
    ],
)
def test_what_contradicts_the_rest_is_named(
    faults, imitation, adress, name, text, old, new, message
):
    text = getattr(imitation, text).replace(old, new)
    imitation.put(adress / name, text)
    assert message in faults(adress)


def test_a_table_that_contradicts_the_folder_is_a_fault(
    imitation, faults, adresso
):
    path = adresso / "diagnosis/train/adresso-train-mmse-scores.csv"
    imitation.put(path, path.read_text().replace('"cn"', '"ad"'))
    assert "adrso002.wav is not dementia" in faults(adresso)
    path.unlink()
    assert "has no adresso-train-mmse-scores.csv" in faults(adresso)


@pytest.mark.parametrize(
    "text, message",
    [
        ("", ":1 has no column begin, end, speaker"),
        ('"",speaker,begin,end\n', "lists no turn"),
        ('"",speaker,begin,end\n"1",PAR,x,3\n', ":2 has no begin and end"),
        ('"",speaker,begin,end\n"1",INV,0,3000\n', "leaves nothing"),
    ],
)
def test_a_broken_segmentation_is_named(
    imitation, faults, adresso, text, message
):
    imitation.put(
        adresso / "diagnosis/train/segmentation/ad/adrso001.csv", text
    )
    assert message in faults(adresso)


def test_faulty_subjects_are_left_out_on_request_only(
    imitation, prepare, adress
):
    (adress / "train/Full_wave_enhanced_audio/cc/S002.wav").unlink()
    rows = prepare(adress, on_fault="skip")
    assert set(imitation.of_subjects(rows)) == {"S001", "S079", "S160", "S161"}
    (adress / "train/cc_meta_data.txt").write_text("")
    with pytest.raises(ValueError, match="cc_meta_data.txt is empty"):
        prepare(adress, on_fault="skip")


def test_the_published_numbers_are_checked(prepare, adress, adresso):
    with pytest.raises(ValueError, match="3 subjects .* not 108"):
        prepare(adress, expected_subjects="published")
    prepare(adress, expected_subjects={"train": 3, "test": 2})
    # Those of 2021 are unverified
    prepare(adresso, expected_subjects="published")


def test_errors_of_folders_and_options(prepare, adress, adresso, tmp_path):
    with pytest.raises(ValueError, match="both ADReSS and ADReSSo"):
        prepare(tmp_path)
    with pytest.raises(FileNotFoundError, match="neither ADReSS nor"):
        prepare(adresso / "progression")
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        prepare(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="full for ADReSSo, not 'chunks'"):
        prepare(adresso, audio="chunks")
    with pytest.raises(ValueError, match="did you mean 'participant'"):
        prepare(adress, turns="participants")
    (adress / "train/Full_wave_enhanced_audio/xx").mkdir()
    with pytest.raises(ValueError, match="xx is named like no class"):
        prepare(adress)
