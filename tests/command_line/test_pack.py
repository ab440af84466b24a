"""A packed corpus trains, to the bit, what the files train."""

import numpy as np
import pytest
import torch

from sb_contrastive.command_line import main
from sb_contrastive.data.audio.reading import read_row
from sb_contrastive.data.manifests.folder_scan import scan_folder
from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.experiment import Experiment


def test_training_from_shards_equals_training_from_files(
    tiny_corpora, tmp_path, tiny_encoder, capsys
):
    corpus, packed = tiny_corpora / "voxceleb", tmp_path / "packed"
    main(["pack", str(corpus), "-o", str(packed), "--shard_mb", "1"])
    assert "shards" in capsys.readouterr().out
    weights = []
    for number, source in enumerate((corpus, packed / "manifest.csv", packed)):
        run = Experiment(
            "hparams/dino_sv.yaml",
            f"""
            output_folder: {tmp_path / str(number)}
            manifest: {source}
            encoder: {tiny_encoder}
            pretrain_batch_size: 4
            stages: [pretrain]
            pretrain: !name:sb_contrastive.stages.pretrain
                epochs: 1
                least_steps: 1
            """,
        )
        run.run()
        weights.append(torch.load(run.folder / "pretrain" / "encoder.ckpt"))
    files, manifest, shards = weights
    assert files
    for name, value in files.items():
        assert torch.equal(value, manifest[name])
        assert torch.equal(value, shards[name])


def test_other_rates_are_converted_once(tmp_path, write):
    corpus, packed = tmp_path / "corpus", tmp_path / "packed"
    (corpus / "ann").mkdir(parents=True)
    write(corpus / "ann" / "a.wav", 1, rate=44100, channels=2)
    write(corpus / "ann" / "b.wav", 2)
    main(["pack", str(corpus), "-o", str(packed)])
    assert {path.name for path in packed.iterdir()} == {
        "audio-000000.tar",
        "manifest.csv",
    }
    converted, own = read_manifest(packed / "manifest.csv")
    assert converted["wav"].endswith("/ann/a.flac") and own["stop"] > 0
    assert converted["duration"] == pytest.approx(own["duration"], abs=1e-3)
    original = scan_folder(corpus)[1]
    np.testing.assert_array_equal(read_row(own), read_row(original))


@pytest.mark.parametrize(
    "words, message",
    [
        (["--shard_mb", "0"], "give a size of 1 MB or more"),
        (["--sample_rate", "16"], "give a rate in Hz"),
        (["-o", "."], "is there already"),
    ],
)
def test_mistakes(tmp_path, monkeypatch, capsys, write, words, message):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "a.wav", 1)
    with pytest.raises(SystemExit):
        main(["pack", "a.wav", "-o", "packed", *words])
    assert message in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_nothing_is_left_of_a_corpus_with_bad_audio(tmp_path, write, capsys):
    corpus, packed = tmp_path / "corpus", tmp_path / "packed"
    corpus.mkdir()
    write(corpus / "a.wav", 1)
    (corpus / "b.wav").write_bytes(b"no audio")
    with pytest.raises(SystemExit):
        main(["pack", str(corpus), "-o", str(packed)])
    assert "b.wav: unreadable" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["corpus"]
    main(["pack", str(corpus), "-o", str(packed), "--on_bad_audio", "skip"])
    (row,) = read_manifest(packed / "manifest.csv")
    assert row["ID"] == "a"


def test_a_shard_of_another_corpus_is_told(tmp_path, write, capsys):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        write(tmp_path / name / f"{name}.wav", 1)
        main(["pack", str(tmp_path / name), "-o", str(tmp_path / f"p{name}")])
    shard = tmp_path / "pone" / "audio-000000.tar"
    shard.write_bytes((tmp_path / "pother" / shard.name).read_bytes())
    with pytest.raises(SystemExit):
        main(["pack", str(shard.parent / "manifest.csv"), "-o", "never"])
    assert "not in its shard" in capsys.readouterr().err
