"""Embeddings in the file are those of the encoder, in whatever way audio is named."""

import numpy as np
import pytest

from sb_contrastive.command_line import main
from sb_contrastive.data.manifests.folder_scan import scan_folder
from sb_contrastive.data.manifests.manifest import write_manifest
from sb_contrastive.evaluation.verification.segments import embed_segments
from sb_contrastive.inference import row_embeddings


@pytest.mark.parametrize("segments", ["full", "2x0.3s_pairwise"])
def test_a_folder_in_blocks_of_any_size(
    model, encoder, folder, tmp_path, monkeypatch, segments
):
    monkeypatch.setattr(
        row_embeddings, "BLOCK", 4
    )  # 9 files: the last block has one
    out = tmp_path / "out.npz"
    options = ["-o", str(out), "--segments", segments, "--device", "cpu"]
    main(["embed", str(model), str(folder), *options])
    rows = scan_folder(folder)
    found = np.load(out)
    expected = embed_segments(encoder, rows, segments)
    np.testing.assert_allclose(found["embeddings"], expected, atol=1e-5)
    assert found["embeddings"].dtype == np.float32
    assert found["ids"].tolist() == [row["ID"] for row in rows]
    assert found["wavs"].tolist() == [row["wav"] for row in rows]


def test_files_folders_and_manifests_together(model, folder, tmp_path, write):
    own = write(tmp_path / "own.wav", 99)
    # The same name as one of the folder has, and a file named twice
    twin = write(tmp_path / "ann--0.wav", 98)
    path = tmp_path / "list.csv"
    rows = scan_folder(folder)
    write_manifest([{**rows[4], "ID": "listed"}], path)
    out = tmp_path / "out.npz"
    sources = [own, twin, folder, path, own]
    main(["embed", str(model), *map(str, sources), "-o", str(out)])
    found = np.load(out)
    assert found["ids"].tolist() == [
        "file--own",
        "file--ann--0",
        *(row["ID"] for row in rows),
        "listed",
    ]
    z = found["embeddings"]
    assert len(z) == 12
    np.testing.assert_allclose(z[-1], z[2 + 4], atol=1e-6)
    assert found["wavs"][0] == own.as_posix()


def test_other_rates_and_channels_are_converted(model, tmp_path, write):
    write(tmp_path / "a.wav", 1, rate=44100, channels=2)
    write(tmp_path / "b.wav", 1)
    out = tmp_path / "out.npz"
    main(["embed", str(model), str(tmp_path), "-o", str(out)])
    found = np.load(out)
    assert found["embeddings"].shape == (2, 8)
    # The original is named, not its copy, and no copy is left
    assert found["wavs"][0] == (tmp_path / "a.wav").as_posix()
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "a.wav",
        "b.wav",
        "out.npz",
    ]


def test_bad_files_are_all_named_before_anything_is_written(
    model, folder, tmp_path, capsys
):
    (folder / "ann" / "bad.wav").write_bytes(b"no audio")
    out = tmp_path / "out.npz"
    arguments = ["embed", str(model), str(folder), "gone.wav", "-o", str(out)]
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    said = capsys.readouterr().err
    assert stop.value.code == 2 and "2 of 11 utterances" in said
    assert "bad.wav" in said and "gone.wav: missing" in said
    assert not out.exists()
    main([*arguments, "--on_bad_audio", "skip"])
    assert len(np.load(out)["ids"]) == 9


@pytest.mark.parametrize(
    "sources, output, words",
    [
        (["no_such_folder"], "o.npz", "there is no folder no_such_folder"),
        (["talk.m4a"], "o.npz", "talk.m4a is neither"),
        (["no.csv"], "o.npz", "there is no manifest no.csv"),
        (["a.wav"], "o.npy", "go into a .npz file"),
    ],
)
def test_mistakes_are_one_sentence(model, sources, output, words, capsys):
    with pytest.raises(SystemExit):
        main(["embed", str(model), *sources, "-o", output])
    assert words in capsys.readouterr().err


def test_an_interrupted_run_leaves_no_file(
    model, folder, tmp_path, monkeypatch
):
    monkeypatch.setattr(row_embeddings, "BLOCK", 4)
    original, calls = row_embeddings.embed_segments, []

    def interrupted(*args, **kwargs):
        calls.append(len(args[1]))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return original(*args, **kwargs)

    monkeypatch.setattr(row_embeddings, "embed_segments", interrupted)
    with pytest.raises(KeyboardInterrupt):
        main(["embed", str(model), str(folder), "-o", str(tmp_path / "o.npz")])
    assert calls == [4, 4, 1]
    assert [p.name for p in tmp_path.iterdir()] == ["wavs"]


def test_audio_too_short_for_the_network_is_named(
    model, folder, tmp_path, capsys
):
    out = tmp_path / "out.npz"
    words = ["embed", str(model), str(folder), "--segments", "2x0.001s_mean"]
    with pytest.raises(SystemExit):
        main([*words, "-o", str(out)])
    said = capsys.readouterr().err
    assert "cannot embed 16 samples of" in said and "ann/0.wav" in said
    assert not out.exists()
