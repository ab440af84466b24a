"""The page holds a run's numbers, needs no other file, and shows names as text."""

import base64
import io
import json
import re
from html.parser import HTMLParser

import pytest
import soundfile

from sb_contrastive.report_page import write_page

VOID = {"meta", "br", "img", "input", "hr", "link"}


class Checked(HTMLParser):
    """Asserts that tags are closed in order, and notes what a page loads."""

    def __init__(self):
        super().__init__()
        self.open, self.loads, self.texts = [], [], []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        self.loads += [v for k, v in attrs if k in ("src", "href")]

    def handle_startendtag(self, tag, attrs):
        self.loads += [v for k, v in attrs if k in ("src", "href")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] not in (["style"], ["script"]):
            self.texts.append(data.strip())


def read(path):
    page = Checked()
    page.feed(path.read_text(encoding="utf-8"))
    assert not page.open
    for place in page.loads:
        assert place.startswith(("data:", "#")), place
    return page


def test_a_classification(classified):
    folder = classified()
    page = read(write_page(folder))
    results = json.loads((folder / "results.json").read_text())
    for entry in results["metrics"].values():
        low, high = (100 * v for v in entry["intervals"]["UA"])
        assert f"{low:.1f} to {high:.1f}" in page.texts
        mean, deviation = (100 * entry[k]["UA"] for k in ("mean", "std"))
        assert f"{mean:.1f} ± {deviation:.1f}" in page.texts
        for counts in entry["pooled"]["confusion"]:
            assert {str(n) for n in counts} <= set(page.texts)
    (found,) = results["paired"].values()
    text = " ".join(page.texts)
    assert f"{found['UA']:+.1f} points" in text.replace("−", "-")
    # A wrong class or speaker may be named like a tag
    assert "<b>loud</b>" in page.texts and "<i>bob</i>" in page.texts
    assert "synthetic" not in text and "Corpus: EmoDB." in text
    assert "1.5 minutes" in page.texts  # 90 s


def test_a_speaker_verification(verified):
    folder = verified()
    text = " ".join(read(write_page(folder)).texts)
    results = json.loads((folder / "results.json").read_text())
    for report in results["metrics"]["mine"].values():
        assert f"{100 * report['EER']:.2f}" in text
        threshold = f"{float('%.3g' % report['EER_threshold']):g}"
        assert f"threshold {threshold}".replace("-", "−") in text
    assert "VoxCeleb1" in text


def test_clips_are_short_and_may_be_left_out(classified, verified):
    for folder, count in ((classified(), 6), (verified(), 12)):
        page = read(write_page(folder))
        clips = [v for v in page.loads if v.startswith("data:audio/flac")]
        assert 0 < len(clips) <= count
        for clip in clips:
            data = base64.b64decode(clip.partition(",")[2])
            audio, rate = soundfile.read(io.BytesIO(data))
            assert rate == 16000 and len(audio) <= 4 * rate
            assert abs(audio).max() == pytest.approx(0.9, abs=0.02)
        assert folder.joinpath("report.html").stat().st_size < 3_000_000
        silent = read(write_page(folder, audio=False))
        assert not any(v.startswith("data:audio") for v in silent.loads)


def test_a_run_whose_audio_is_gone(classified):
    folder = classified()
    (folder / "manifests" / "labelled.csv").write_text(
        "ID,wav,start,stop\nu100,/no/such.wav,0,100\n"
    )
    assert "gets most wrong" not in " ".join(read(write_page(folder)).texts)


def test_references_and_settings(classified):
    folder = classified()
    (folder / "pretrain").mkdir()
    log = {"epochs": [{"epoch": 1, "teacher_entropy": 2.0}]}
    (folder / "pretrain" / "log.json").write_text(json.dumps(log))
    text = " ".join(read(write_page(folder)).texts)
    assert "log K, K = 64 prototypes" in text and "epochs: 3" in text
    assert "chance" in text


@pytest.mark.parametrize("word", ["debug", "synthetic"])
def test_numbers_that_tell_nothing_are_announced(classified, word):
    folder = classified()
    results = json.loads((folder / "results.json").read_text())
    results["protocol"][word] = True
    (folder / "results.json").write_text(json.dumps(results))
    (folder / "warnings.log").write_text("few speakers\nfew speakers\n")
    page = write_page(folder).read_text()
    assert len(re.findall('<p class="notice bad">', page)) == 1
    assert page.count("few speakers") == 1


def test_a_training_without_results(tmp_path):
    (tmp_path / "pretrain").mkdir()
    log = {"epochs": [{"epoch": 1, "train_loss": 2.0}]}
    (tmp_path / "pretrain" / "log.json").write_text(json.dumps(log))
    call = {"command": "python train.py a.yaml", "versions": {"torch": "2"}}
    calls = {"pretrain": {"calls": {"p": call}}}
    (tmp_path / "provenance.json").write_text(json.dumps(calls))
    warning = "No corpus given: using SYNTHETIC speech."
    (tmp_path / "warnings.log").write_text(warning)
    texts = read(write_page(tmp_path)).texts
    assert {"How it was trained", "python train.py a.yaml"} <= {*texts}
    assert "built-in synthetic speech" in " ".join(texts)


def test_mistakes(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder"):
        write_page(tmp_path / "none")
    with pytest.raises(FileNotFoundError, match="name the output folder"):
        write_page(tmp_path)
    (tmp_path / "results.json").write_text("{")
    with pytest.raises(ValueError, match="damaged"):
        write_page(tmp_path)
