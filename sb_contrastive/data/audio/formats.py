"""Knows audio files by their suffixes: those that can be read, and those that cannot."""

import os

import soundfile

# Raw samples have no header; .mat and .mpc are mostly other things than audio
NOT_BY_SUFFIX = {".raw", ".mat", ".mat4", ".mat5", ".mpc2k"}
# The other suffixes of formats that libsndfile lists by one name
MORE = {
    *(".aif", ".aifc", ".snd", ".oga", ".opus", ".mp2", ".sph", ".nist"),
    *(".wave", ".fla", ".ircam", ".sf", ".iff", ".8svx"),
}
COMMON = (".wav", ".flac", ".ogg", ".mp3", ".opus", ".aiff", ".sph")

READABLE = frozenset(
    ({f".{name.lower()}" for name in soundfile.available_formats()} | MORE)
    - NOT_BY_SUFFIX
)
UNREADABLE = frozenset(
    ".m4a .m4b .mp4 .aac .wma .amr .awb .3gp .ac3 .dts .ape .wv .shn .spx .tta"
    " .mka .mkv .mov .webm .avi .ra .rm .dsf .dff .mpc .raw .pcm .mid".split()
)


def is_readable(name):
    """Tells whether a file has the suffix of a format that libsndfile reads.

    Arguments
    ---------
    name : str or Path
        Name or path of a file.

    Returns
    -------
    bool

    Example
    -------
    >>> is_readable("a.WAV"), is_readable("a.opus"), is_readable("a.m4a")
    (True, True, False)
    """
    return suffix(name) in READABLE


def suffix(name):
    """Returns the suffix of a file in lower case, with its dot.

    Example
    -------
    >>> suffix("a.b.FLAC"), suffix("a")
    ('.flac', '')
    """
    return os.path.splitext(os.fspath(name))[1].lower()
