"""SIGTERM and Ctrl-C within and outside training, of one process and of two."""

import os
import signal
import time

import pytest
import torch

from sb_contrastive.files import DiskError
from sb_contrastive.training.signals import StopRequest, clean_exit, leave

SIGNALS = (signal.SIGTERM, signal.SIGINT)


@pytest.mark.parametrize("number", SIGNALS)
def test_outside_training_it_leaves_at_once(forked, number):
    def wait():
        with clean_exit():
            os.kill(os.getpid(), number)
            time.sleep(10)

    assert forked(wait) == [128 + number]


@pytest.mark.parametrize("number", SIGNALS)
def test_a_request_is_noted_and_a_second_one_leaves(forked, number):
    def work():
        with clean_exit(), StopRequest() as stop:
            os.kill(os.getpid(), number)
            assert stop.number == number
            os.kill(os.getpid(), number)
            time.sleep(10)

    assert forked(work) == [128 + number]


def test_handlers_are_put_back():
    before = [signal.getsignal(number) for number in SIGNALS]
    with clean_exit(), StopRequest():
        assert signal.getsignal(signal.SIGTERM) != before[0]
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_a_job_in_the_background_ignores_ctrl_c_still(forked):
    def work():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with clean_exit(), StopRequest() as stop:
            os.kill(os.getpid(), signal.SIGINT)
            assert not stop.number

    assert forked(work) == [0]


def test_a_process_that_reads_audio_leaves_ctrl_c_to_its_parent(forked):
    def work():
        with StopRequest() as stop:
            worker = os.fork()
            if not worker:
                os.kill(os.getpid(), signal.SIGINT)
                os._exit(7)
            assert os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]) == 7
            worker = os.fork()
            if not worker:
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(10)
            end = os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
            assert end == -signal.SIGTERM and not stop.number

    assert forked(work) == [0]


def test_a_full_disk_is_one_sentence():
    with pytest.raises(SystemExit, match="^cannot write a$"):
        with clean_exit():
            raise DiskError("cannot write a")
    with pytest.raises(SystemExit) as end:
        leave(signal.SIGTERM, "Stopped")
    assert end.value.code == 143


def test_torch_on_a_full_disk_is_one_sentence_too():
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full here")
    from sb_contrastive.files import disk_errors_name

    for write in (
        lambda: torch.save(torch.zeros(10_000), "/dev/full"),
        lambda: print("text", file=open("/dev/full", "w"), flush=True),
    ):
        with pytest.raises(DiskError, match="cannot write a.ckpt"):
            with disk_errors_name("a.ckpt"):
                write()
