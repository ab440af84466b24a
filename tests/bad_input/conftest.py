"""What a user may get wrong, and how a test judges what is said of it."""

import numpy as np
import pytest
import soundfile

from sb_contrastive.process.user_errors import is_user_error


@pytest.fixture(scope="session")
def sentence():
    """Returns a function that runs another: its result and "", or None and what
    was said of a mistake; whatever comes from the depths fails the test."""

    def run(function, *args, **options):
        try:
            return function(*args, **options), ""
        except Exception as error:
            assert is_user_error(error), repr(error)
            said = str(error)
            assert said and "Traceback" not in said
            return None, said

    return run


@pytest.fixture(scope="session")
def recordings(tmp_path_factory):
    """Folder of audio as people have it."""
    folder = tmp_path_factory.mktemp("recordings")
    noise = 0.1 * np.random.default_rng(0).standard_normal(4800)

    def write(name, audio, rate=16000, **options):
        soundfile.write(folder / name, audio, rate, **options)

    write("good.wav", noise)
    write("other.flac", noise)
    write("eight.wav", noise, 8000)
    write("stereo.wav", np.stack([noise, noise[::-1]], axis=1))
    write("click.wav", noise[:1])
    write("empty.wav", noise[:0])
    nan = np.where(np.arange(4800) == 4000, np.nan, noise)
    write("nan.wav", nan, subtype="FLOAT")
    (folder / "nothing.wav").write_bytes(b"")
    (folder / "text.wav").write_text("once upon a time")
    (folder / "folder.wav").mkdir()
    return folder
