"""A model card tells which weights training began with, and what trained those."""

from sb_contrastive.export.cards.start_section import start_section

RUN = {
    "stage": "pretrain",
    "calls": [
        {"command": "python train.py a"},
        {"command": "python train.py a"},
    ],
    "data": "unlabelled my_wavs",
}


def test_files_of_one_stage_are_told_together():
    starts = [
        {
            "file": f"out/pretrain/fold_{n}/encoder.ckpt",
            "sha256": f"{n}{n}",
            **RUN,
        }
        for n in (1, 2)
    ]
    assert start_section(starts) == (
        "`out/pretrain/fold_1/encoder.ckpt` (sha256 11), "
        "`out/pretrain/fold_2/encoder.ckpt` (sha256 22), left by stage pretrain; "
        "trained on unlabelled my_wavs, by\n\n```bash\npython train.py a\n```"
    )


def test_what_came_before_is_told():
    first = {"file": "a.ckpt", "sha256": "aa"}
    run = {"file": "b.ckpt", "sha256": "bb", **RUN, "starts": [first]}
    model = {
        "file": "c.ckpt",
        "sha256": "cc",
        "model": "A title",
        "command": "python train.py c",
        "start": start_section([run]),
    }
    text = start_section([model])
    places = [text.index(word) for word in ("cc", "bb", "aa", "not recorded")]
    assert places == sorted(places) and text.count("Before that: ") == 2


def test_random_weights_have_no_section():
    assert start_section([]) is None
