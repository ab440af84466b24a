"""Whatever is in a trial list: a sentence that names it, or all of its trials."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sb_contrastive.data.trials.trial_audio import trial_rows
from sb_contrastive.data.trials.trial_list import read_trials

LABELS = st.sampled_from(
    ["0", "1", "0", "1", "0", "1", "2", "-1", "target", "nontarget", "", "yes"]
)
NAMES = st.sampled_from(
    [
        "good.wav",
        "other.flac",
        "stereo.wav",
        "./good.wav",
        "gone.wav",
        "text.wav",
        "folder.wav",
        "..",
        "../../etc/passwd",
        "/etc/passwd",
        "\x00",
        "a b",
        "",
        "#",
    ]
)
MOSTLY = st.sampled_from(["good.wav", "other.flac", "stereo.wav"])


@st.composite
def lists(draw):
    """Bytes of a list, mostly well formed."""
    name = draw(st.sampled_from([MOSTLY, MOSTLY, NAMES]))
    label = draw(st.sampled_from([st.sampled_from("01"), LABELS]))
    form = draw(
        st.sampled_from(
            ["{0} {1} {2}", "{1} {2} {0}", "{0}\t{1}", "{0},{1},{2}"]
        )
    )
    form = draw(st.sampled_from(["{0} {1} {2}", form]))
    trials = draw(st.lists(st.tuples(label, name, name), max_size=6))
    text = draw(st.sampled_from(["\n", "\r\n", "\r"])).join(
        form.format(*trial) for trial in trials
    )
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16"]))
    return text.encode(encoding)


@settings(max_examples=150, deadline=None)
@given(lists())
def test_a_sentence_or_every_trial(recordings, sentence, content):
    path = recordings / "mine.txt"
    path.write_bytes(content)

    def use():
        trials = read_trials(path)
        return trials, trial_rows(trials, folder=recordings)

    found, said = sentence(use)
    if said:
        assert "mine.txt" in said
        return
    trials, rows = found
    lines = [x for x in path.read_text("utf-8-sig").splitlines() if x.strip()]
    assert len(trials.labels) == len(lines)
    assert 0 < trials.labels.sum() < len(lines)
    assert len(rows) == len(trials.files)
    for row in rows:
        assert not {"/", "\\", "\0"} & set(row["ID"]) and ".." not in row["ID"]
