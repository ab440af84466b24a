"""Trial lists in both forms, and what is said of a line that is none."""

import random

import pytest

from sb_contrastive.data.trials import trial_list as module
from sb_contrastive.data.trials.trial_list import read_trials


@pytest.fixture
def write(tmp_path):
    """Returns a function that writes a trial list."""

    def write(text, name="trials.txt"):
        path = tmp_path / name
        path.write_bytes(text.encode())
        return path

    return write


def triples(trials):
    """Trials as (label, enrol name, test name)."""
    return [
        (bool(label), trials.files[a], trials.files[b])
        for label, a, b in zip(*trials[:3])
    ]


def test_both_forms_agree_with_a_plain_reading(write):
    generator = random.Random(0)
    expected = []
    while len(expected) < 300:
        a, b = (f"id{generator.randrange(40)}/-x--y/1.wav" for _ in range(2))
        if a != b:
            expected.append((generator.random() < 0.5, a, b))
    voxceleb = write("".join(f"{y:d} {a} {b}\n" for y, a, b in expected))
    kaldi = write(
        "".join(
            f"{a}\t{b} {'target' if y else 'nontarget'}\n"
            for y, a, b in expected
        ),
        "kaldi",
    )
    for path in (voxceleb, kaldi):
        trials = read_trials(path)
        assert triples(trials) == expected
        names = [name for _, *pair in expected for name in pair]
        assert trials.files == list(dict.fromkeys(names))
        assert trials.labels.dtype == bool


@pytest.mark.parametrize(
    "text",
    [
        "1 a b\n\n0 a c",
        "1 a b\r\n0 a c\r\n",
        "\ufeff1 a b\n0 a c\n",
        "  1\ta   b \n0 a c\n\n",
    ],
)
def test_line_ends_blanks_and_byte_order_mark(write, text):
    expected = [(True, "a", "b"), (False, "a", "c")]
    assert triples(read_trials(write(text))) == expected


def test_a_name_may_look_like_a_label(write):
    trials = read_trials(write("1 0 target\n0 1 nontarget\n"))
    assert triples(trials) == [(True, "1", "0"), (False, "0", "1")]


@pytest.mark.parametrize(
    "text",
    [
        "a b 1\na c 0\n",
        "a b target\na c nontarget\n",
        "a b Target\na c non-target\n",
        "tgt a b\nimp a c\n",
        "1.0 a b\n0.0 a c\n",
        "True a b\nFalse a c\n",
        "1,a,b\n0,a,c\n",
        "1, a, b\n0, a, c\n",
        '"1";"a";"b"\n"0";"a";"c"\n',
        "a\tb\t1\na\tc\t0\n",
        "label enrol test\n1 a b\n0 a c\n",
        "\nenroll,test,target\n\na,b,1\na,c,0\n",
        "\ufefffile1\tfile2\tlabel\r\na\tb\t1\r\na\tc\t0\r\n",
    ],
)
def test_the_forms_of_corpora(write, text):
    expected = [(True, "a", "b"), (False, "a", "c")]
    assert triples(read_trials(write(text))) == expected


def test_names_that_are_numbers(write):
    # Labels are at the end that has one in all lines
    first = read_trials(write("1 2 0\n0 2 1\n1 3 4\n", "first"))
    assert triples(first)[2] == (True, "3", "4")
    last = read_trials(write("0 2 1\n1 2 0\n3 4 1\n", "last"))
    assert triples(last) == [
        (True, "0", "2"),
        (False, "1", "2"),
        (True, "3", "4"),
    ]


def test_names_with_blanks_need_another_separator(write):
    text = "1\tann b/1.wav\tann b/2.wav\n0\tann b/1.wav\tc d/1.wav\n"
    assert read_trials(write(text)).files[0] == "ann b/1.wav"


@pytest.mark.parametrize("name", ["enroll.map", "spk2utt"])
def test_models_with_several_files(write, name):
    path = write("m1 t1.wav 1\nm1 t2.wav 0\na.wav t1.wav 0\n")
    write("m1 a.wav b.wav\nother c.wav\n", name)
    trials = read_trials(path)
    assert trials.files == ["m1", "t1.wav", "t2.wav", "a.wav"]
    assert trials.models == {0: ["a.wav", "b.wav"]}
    assert trials.audio() == ["a.wav", "b.wav", "t1.wav", "t2.wav"]
    write("m1 c.wav\n", name)
    assert read_trials(path).audio()[0] == "c.wav"
    write("m1\n", name)
    with pytest.raises(ValueError, match=f"{name}:1: the model m1 has no file"):
        read_trials(path)


def test_repeated_trials_stay(write):
    trials = read_trials(write("1 a b\n1 a b\n0 a c\n1 b a\n"))
    assert len(triples(trials)) == 4


@pytest.mark.parametrize(
    "text, message",
    [
        ("1 a b\n0 a\n", "trials.txt:2 has 2 fields, not the 3 of '1 enrol"),
        ("1 a b\n\n0 a b c.wav\n", "trials.txt:3 has 4 fields"),
        ("1,a,b\n0 a b c.wav\n", "trials.txt:2 has 1 fields.*'1,enrol,test'"),
        ("1 a b\n2 a b\n", "trials.txt:2 has the label '2'.*'1' and '0'"),
        ("x a b\n", "trials.txt:1 is 'x a b', which is no trial.*'1 enrol"),
        ("a.wav b.wav\n", "trials.txt:1 is 'a.wav b.wav', which is no trial"),
        ("label enrol test\nx a b\n", "trials.txt:2 is 'x a b'"),
        ("a b target\na c nontraget\n", ":2 .*; did you mean 'nontarget'"),
        ("a b target\n0 a c\n", ":2 has the label 'c'.*'enrol test target'"),
        ("1 a b\n1 c b\n", "has 2 target trials and no non-target trial"),
        ("0 a b\n", "has 1 non-target trials and no target trial"),
        ("\n \n", "trials.txt lists no trial"),
        ("", "trials.txt lists no trial"),
        ("1 a b\n0 c c\n", "trials.txt:2 calls c and itself different"),
    ],
)
def test_mistakes_name_the_line(write, text, message):
    with pytest.raises(ValueError, match=message):
        read_trials(write(text))


def test_a_file_against_itself_is_kept_and_told(write, monkeypatch):
    said = []
    monkeypatch.setattr(module.logger, "warning", said.append)
    read_trials(write("1 a b\n0 a c\n"))
    assert said == []
    trials = read_trials(write("1 a b\n0 a c\n1 c c\n1 b b\n"))
    assert len(trials.labels) == 4
    assert "in 2 target trials, first at line 3" in said[0]


def test_a_list_is_parsed_once_until_it_changes(write, monkeypatch):
    parse, parsed = module._parse, []
    monkeypatch.setattr(
        module, "_parse", lambda path: parsed.append(path) or parse(path)
    )
    path = write("1 a b\n0 a c\n")
    first = read_trials(path)
    assert read_trials(str(path)) is first and len(parsed) == 1
    with pytest.raises(ValueError, match="read-only"):
        first.labels[0] = False
    write("1 a b\n0 a c\n1 b a\n")
    assert len(read_trials(path).labels) == 3 and len(parsed) == 2


def test_places_are_the_lines_that_first_name_a_file(write):
    trials = read_trials(write("1 a b\n\n0 a c\n1 d b\n"))
    lines = [place.rsplit(":", 1)[1] for place in trials.places()]
    assert dict(zip(trials.files, lines)) == dict(a="1", b="1", c="3", d="4")
    assert trials._replace(lines=None).places() == [trials.source] * 4


def test_no_list_and_no_text(write, tmp_path):
    write("1 a b\n0 a c\n")
    with pytest.raises(FileNotFoundError, match="did you mean 'trials.txt'"):
        read_trials(tmp_path / "trails.txt")
    (tmp_path / "audio.wav").write_bytes(b"RIFF\xff\xfe\x00 ")
    with pytest.raises(ValueError, match="audio.wav is not text"):
        read_trials(tmp_path / "audio.wav")


@pytest.mark.parametrize(
    "corpus, name, counts",
    [
        ("arabic_speech_commands", "trials_val.txt", (6000, 3000, 240)),
        ("arabic_speech_commands", "trials_test.txt", (6000, 3000, 240)),
        ("librispeech_excerpt", "trials_test.txt", (4950, 450, 100)),
    ],
)
def test_real_lists(corpora, corpus, name, counts):
    path = corpora / corpus / name
    if not path.is_file():
        pytest.skip(f"there is no {path}")
    trials = read_trials(path)
    found = len(trials.labels), trials.labels.sum(), len(trials.files)
    assert found == counts
