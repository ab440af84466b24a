"""IDs tell utterances apart and are safe as names of files."""

import pytest

from sb_contrastive.data.manifests.manifest import read_manifest


def test_ids_of_repeated_stems_come_from_the_path(manifest):
    rows = read_manifest(
        manifest(
            "wav,duration,start,stop\n"
            "/c/id1/v/00001.wav,1,0,9\n"
            "/c/id2/v/00001.wav,1,0,9\n"
            "/c/id2/v/00002.wav,1,0,9\n"
        )
    )
    assert [row["ID"] for row in rows] == [
        "id1--v--00001",
        "id2--v--00001",
        "00002",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "ID,wav,duration,stop\na,/a.wav,1,9\na,/b.wav,1,9\n",
        "wav,duration,stop\n/a.wav,1,9\n/a.wav,1,9\n",
    ],
)
def test_an_id_that_comes_twice_is_refused(manifest, text):
    with pytest.raises(ValueError, match=r"csv:3 has the ID 'a' of .*csv:2"):
        read_manifest(manifest(text))


@pytest.mark.parametrize("name", ["../x", "a/b", "/etc/x", "..", ".", "a\\b"])
def test_ids_never_lead_out_of_a_folder(manifest, name):
    text = f"ID,wav,duration,stop\n{name},/a.wav,1,9\n"
    with pytest.raises(ValueError, match=r"mine.csv:2 .*path separator"):
        read_manifest(manifest(text))
