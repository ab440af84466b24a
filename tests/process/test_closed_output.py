"""A program whose output nobody reads ends without a traceback; training goes on."""

import contextlib
import io
import logging
import os
import subprocess
import sys

import pytest

from sb_contrastive.command_line import main
from sb_contrastive.command_line import train as training
from sb_contrastive.process.closed_output import GOES_ON, ends_quietly, goes_on
from sb_contrastive.progress import current, display
from sb_contrastive.progress.log_lines import Lines


@contextlib.contextmanager
def nobody_reads():
    """A stream into a pipe whose other end is closed, as after `| head`."""
    ours, theirs = os.pipe()
    os.close(ours)
    with open(theirs, "w", encoding="utf-8") as stream:
        try:
            yield stream
        finally:
            with contextlib.suppress(BrokenPipeError):
                stream.close()


@pytest.fixture
def unread(monkeypatch):
    """Within it, nobody reads sys.stdout, and sys.stderr is a text."""

    @contextlib.contextmanager
    def unread():  # pytest sets both streams between a fixture and its test
        with nobody_reads() as stream, monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", stream)
            patch.setattr(sys, "stderr", io.StringIO())
            yield stream

    return unread


@pytest.mark.parametrize(
    "words", [["embed", "--help"], ["train"], ["train", "dino_ser", "--help"]]
)
def test_a_command_ends_without_a_word(unread, words):
    with unread() as stream:
        with pytest.raises(SystemExit) as end:
            main(words)
        assert end.value.code == 1 and sys.stderr.getvalue() == ""
        stream.write("goes nowhere")  # and nothing fails when Python ends
        stream.flush()


def test_a_line_of_a_command_ends_it(unread):
    with unread():
        with pytest.raises(SystemExit), ends_quietly(), display("normal"):
            current().say("a line")
        assert sys.stderr.getvalue() == ""


def test_a_log_record_ends_it_too():
    def say(text):
        raise BrokenPipeError

    record = logging.LogRecord("x", logging.WARNING, "f", 1, "said", (), None)
    with pytest.raises(BrokenPipeError):
        Lines(say, "normal").emit(record)


def test_training_goes_on(unread, monkeypatch):
    done = []

    class Run:
        def __init__(self, *given):
            pass

        def run(self):
            for step in range(3):
                print("a table", flush=True)
                current().say("a line")
                done.append(step)

    monkeypatch.setattr(training, "Experiment", Run)
    with unread() as stream:
        main(["train", "dino_ser", "--noprogressbar"])
        assert done == [0, 1, 2]
        assert sys.stderr.getvalue().count(GOES_ON) == 1
        assert sys.stdout is stream


def test_both_streams_may_be_closed(monkeypatch):
    with nobody_reads() as out, nobody_reads() as err:
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        with goes_on():
            print("a table", flush=True)
            print("a warning", file=sys.stderr, flush=True)


def test_the_process_itself_ends_so():
    with nobody_reads() as stream:
        ended = subprocess.run(
            [sys.executable, "-m", "sb_contrastive", "--help"],
            stdout=stream,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert ended.stderr == b"" and ended.returncode in (0, 1)
