"""Recognises the form of a trial list: where its labels stand, and what they mean."""

from typing import NamedTuple

# (same speaker, different speakers), in the words of the lists of corpora
LABELS = (
    ("1", "0"),
    ("1.0", "0.0"),
    ("target", "nontarget"),
    ("tgt", "imp"),
    ("true", "false"),
    ("same", "different"),
)
ALIASES = {"non-target": "nontarget", "imposter": "imp", "impostor": "imp"}
DELIMITERS = (None, "\t", ",", ";")  # None: any blanks
HEADER = set(
    "label labels key class target same issame same_speaker enrol enroll"
    " enrolment enrollment model modelid test testid trial utt1 utt2 file1"
    " file2 wav1 wav2 path1 path2 audio1 audio2 segment segmentid first"
    " second".split()
)


class TrialForm(NamedTuple):
    """The form of the lines of one list."""

    delimiter: str | None
    last: bool  # whether the label is the last field, not the first
    meaning: dict  # label as it may be spelt -> whether the speaker is the same
    words: tuple  # (same, different), for messages

    def example(self):
        """Return a line of this form."""
        fields = ("enrol", "test")
        same = self.words[0]
        fields = (*fields, same) if self.last else (same, *fields)
        return (self.delimiter or " ").join(fields)

    def split(self, line):
        """Split a line into fields, without the blanks around them."""
        if self.delimiter is None:
            return line.split()
        fields = [field.strip(' "\r\n') for field in line.split(self.delimiter)]
        return fields if any(fields) else []


def find_form(lines):
    """Finds the form of a list.

    Arguments
    ---------
    lines : iterable of str
        Its lines.

    Returns
    -------
    tuple
        The TrialForm, None where the first line is no trial; and the number of
        the line that is a header, 0 where none is.

    Example
    -------
    >>> form, header = find_form(["label,enrol,test", "1,a.wav,b c.wav"])
    >>> form.example(), header
    ('1,enrol,test', 1)
    >>> find_form(["0 1 1", "1 1 1", "a 1 0"])[0].example()
    'enrol test 1'
    """
    header, form = 0, None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        if form is None:
            if not header and _is_header(line):
                header = number
                continue
            form = _form_of(line)
            if form is None or form.last or not _labelled(line, form, last=1):
                return form, header
            # A name may look like a label: the other lines tell
        elif not _labelled(line, form, last=0):
            other = form._replace(last=True)
            return other if _labelled(line, other, last=1) else form, header
    return form, header


def _form_of(line):
    """Return the form of a line, None if it has none that is known."""
    for delimiter in DELIMITERS:
        form = TrialForm(delimiter, True, {}, LABELS[0])
        fields = form.split(line)
        if len(fields) != 3:
            continue
        # Words before numbers: a file is more often named 1 than target
        ends = [(fields[0], False), (fields[2], True)]
        ends.sort(key=lambda end: not end[0].isalpha())
        for text, last in ends:
            text = text.lower()
            for words in LABELS:
                if ALIASES.get(text, text) in words:
                    return form._replace(
                        last=last, meaning=_spelt(words), words=words
                    )
    return None


def _spelt(words):
    """Return {label: meaning} for all the ways to spell two labels."""
    plain = dict(zip(words, (True, False)))
    plain |= {a: plain[w] for a, w in ALIASES.items() if w in plain}
    ways = (str.lower, str.upper, str.capitalize)
    return {way(w): same for w, same in plain.items() for way in ways}


def _labelled(line, form, last):
    """Tell whether a line has a label at one end."""
    fields = form.split(line)
    return len(fields) == 3 and fields[-1 if last else 0] in form.meaning


def _is_header(line):
    return any(
        fields and all(field.lower() in HEADER for field in fields)
        for fields in (
            TrialForm(d, True, {}, LABELS[0]).split(line) for d in DELIMITERS
        )
    )
