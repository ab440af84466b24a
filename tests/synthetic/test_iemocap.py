"""The imitation of IEMOCAP keeps to the layout, with its traps."""

import re

import numpy as np
import soundfile

LABEL_LINE = re.compile(
    r"\[(\d+\.\d+) - (\d+\.\d+)\]\t(\w+)\t([a-z]{3})"
    r"\t\[\d\.\d{4}, \d\.\d{4}, \d\.\d{4}\]"
)


def labels(folder):
    """Turn -> (start, end, label, dialogue), as a parser would read them."""
    found = {}
    for path in folder.glob("Session*/dialog/EmoEvaluation/*.txt"):
        lines = path.read_text().split("\n")
        assert lines[0].startswith("% [START_TIME") and lines[1] == ""
        for line in lines:
            if line.startswith("["):
                start, end, turn, label = LABEL_LINE.fullmatch(line).groups()
                found[turn] = float(start), float(end), label, path.stem
    return found


def test_every_iemocap_wav_has_one_label_and_the_reverse(iemocap):
    wavs = {p.stem: p for p in iemocap.glob("Session?/sentences/wav/*/*.wav")}
    found = labels(iemocap)
    assert set(wavs) == set(found) and len(wavs) == 10 * (5 + 2)
    for turn, (start, end, _, dialogue) in found.items():
        info = soundfile.info(wavs[turn])
        assert (info.samplerate, info.channels) == (16000, 1)
        assert info.subtype == "PCM_16" and info.format == "WAV"
        assert abs(info.duration - (end - start)) < 1e-3
        assert 2.0 <= info.duration <= 5.0
        assert turn[:-5] == dialogue == wavs[turn].parent.name
        assert wavs[turn].parts[-5] == f"Session{turn[4]}"


def test_each_iemocap_speaker_has_each_class_and_what_is_dropped(iemocap):
    classes = {}
    for turn, (_, _, label, _) in labels(iemocap).items():
        assert re.fullmatch(
            r"Ses0[1-5][FM]_(impro|script)\d\d(_\d[a-z]?)?_[FM]\d{3}", turn
        )
        classes.setdefault((turn[4], turn[-4]), set()).add(label)
    assert len(classes) == 10
    for heard in classes.values():
        assert heard >= {"neu", "hap", "ang", "sad", "fru", "xxx"}


def test_iemocap_speaker_is_the_letter_before_the_digits(iemocap):
    """Both sexes speak in each dialogue; F voices are the higher ones."""
    from scipy.signal import lfilter

    letters, pitch = {}, {"F": [], "M": []}
    for turn, (_, _, label, dialogue) in labels(iemocap).items():
        letters.setdefault(dialogue, set()).add(turn[-4])
        if label == "neu":
            path = f"Session{turn[4]}/sentences/wav/{dialogue}/{turn}.wav"
            samples = soundfile.read(iemocap / path)[0]
            low = lfilter([1], [1, -0.95], samples)
            power = np.abs(np.fft.rfft(low, 1 << 18)) ** 2
            auto = np.fft.irfft(power)[: 16000 // 60]
            pitch[turn[-4]].append(16000 / (40 + auto[40:].argmax()))
    assert len(letters) == 20
    assert sum(found == {"F", "M"} for found in letters.values()) > 15
    assert np.median(pitch["F"]) > 1.3 * np.median(pitch["M"])


def test_iemocap_turns_follow_one_another_and_are_transcribed(iemocap):
    found, transcribed = labels(iemocap), {}
    for path in iemocap.glob("Session?/dialog/transcriptions/*.txt"):
        clock = 0.0
        for line in path.read_text().splitlines():
            turn, start, end, text = re.fullmatch(
                r"(\w+) \[(\d{3}\.\d{4})-(\d{3}\.\d{4})\]: (.+)", line
            ).groups()
            assert clock < float(start) < float(end)
            clock = float(end)
            assert found[turn][:2] == (float(start), float(end))
            assert re.fullmatch("[a-z]+( [a-z]+)*", text)
            transcribed[turn] = text
    assert set(transcribed) == set(found)


def test_iemocap_has_the_traps_of_the_real_one(iemocap):
    evaluation = iemocap / "Session5" / "dialog" / "EmoEvaluation"
    assert list((evaluation / "Categorical").glob("*_cat.txt"))
    assert (evaluation / "Ses05M_script01_1b.txt").exists()
    text = (evaluation / "Ses05M_script01_1b.txt").read_text()
    assert re.search(r"^C-E2:\t\w+;\t\(\)$", text, re.M)
    assert re.search(r"^A-E3:\tval \d; act \d; dom  \d;\t\(\)$", text, re.M)


def test_iemocap_consensus_is_the_majority_of_its_raters(iemocap):
    names = {"neu": "Neutral", "hap": "Happiness", "exc": "Excited"}
    names |= {"ang": "Anger", "sad": "Sadness", "fru": "Frustration"}
    for path in iemocap.glob("Session?/dialog/EmoEvaluation/*.txt"):
        for block in path.read_text().split("\n\n")[1:]:
            if not block.strip():
                continue
            label = LABEL_LINE.match(block).group(4)
            votes = re.findall(r"^C-E\d:\t(\w+);", block, re.M)
            if label == "xxx":
                assert len(set(votes)) == 3
            else:
                assert votes.count(names[label]) >= 2


def test_default_sizes():
    """24 turns of IEMOCAP's four classes, about in its proportions."""
    from sb_contrastive.synthetic.iemocap import _session

    turns = [t for t in _session(1, 0, 24) if t.label not in ("fru", "xxx")]
    counts = [t.label for t in turns]
    assert len(turns) == 48
    assert counts.count("neu") == 14 and counts.count("ang") == 10
    assert counts.count("hap") + counts.count("exc") == 14
