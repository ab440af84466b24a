"""A user's own manifest is read tolerantly; what is written is SpeechBrain's."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from speechbrain.dataio.dataset import DynamicItemDataset

from sb_contrastive.data.manifests.manifest import read_manifest, write_manifest
from sb_contrastive.data.manifests.source import SOURCE

RATE = 16000


def full_rows(count=3):
    return [
        {
            "ID": f"u{i}",
            "duration": 0.1 + i,
            "wav": f"/corpus/a b/{i}.wav",
            "start": i,
            "stop": 16000 * (i + 1),
            "spk_id": f"s{i}",
            "label": "sad",
        }
        for i in range(count)
    ]


def test_only_wav_is_required(tmp_path, manifest, write_audio):
    write_audio(tmp_path / "one.wav", 1200)
    write_audio(tmp_path / "two.flac", 4000, rate=8000)
    rows = read_manifest(manifest("wav\none.wav\ntwo.flac\n"))
    one, two = rows
    assert one == {
        "ID": "one",
        "duration": 1200 / RATE,
        "wav": (tmp_path / "one.wav").as_posix(),
        "start": 0,
        "stop": 1200,
        SOURCE: f"{(tmp_path / 'mine.csv').as_posix()}:2",
    }
    assert two["stop"] == 4000 and two["duration"] == 0.5


def test_written_manifest_is_speechbrain_s(tmp_path):
    path = tmp_path / "deep" / "out.csv"
    rows = full_rows()
    rows[0]["wav"] = "$data_root/0.wav"
    write_manifest(
        [{**row, SOURCE: "x:1", "extra": None} for row in rows], path
    )
    dataset = DynamicItemDataset.from_csv(
        path, replacements={"data_root": "/corpus"}
    )
    item = dataset.data["u0"]
    assert item == {
        "duration": 0.1,
        "wav": "/corpus/0.wav",
        "start": "0",
        "stop": "16000",
        "spk_id": "s0",
        "label": "sad",
        "extra": "",
    }
    assert [p.name for p in path.parent.iterdir()] == ["out.csv"]


def test_writing_keeps_the_old_file_when_it_fails(tmp_path):
    path = tmp_path / "out.csv"
    write_manifest(full_rows(), path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="no utterance"):
        write_manifest([], path)
    twice = full_rows(1) * 2
    with pytest.raises(ValueError, match="ID 'u0'"):
        write_manifest(twice, path)
    outside = {**full_rows(1)[0], "ID": "../u0"}
    with pytest.raises(ValueError, match="path separator"):
        write_manifest([outside], path)
    assert path.read_bytes() == before


texts = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Z")), min_size=1
)


@settings(deadline=None)  # a busy machine is no fault
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "duration": st.floats(1e-6, 1e6),
                "start": st.integers(0, 10**9),
                "wav": texts.map(
                    lambda t: "/c/" + t.replace("/", "").replace(".", "") + "w"
                ),
            },
            optional={"label": texts, "fold": texts},
        ),
        min_size=1,
        max_size=5,
    )
)
def test_reading_gives_what_was_written(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("round") / "rows.csv"
    for i, row in enumerate(rows):
        row.update(ID=f"u{i}", stop=row["start"] + i + 1)
    write_manifest(rows, path)
    read = read_manifest(path)
    assert [{k: v for k, v in r.items() if k != SOURCE} for r in read] == rows
