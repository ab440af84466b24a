"""A model in use gives the same answers for files, arrays, folders and manifests."""

import sys

import numpy as np
import pytest
import soundfile
import torch
from speechbrain.inference.classifiers import EncoderClassifier

import sb_contrastive
from sb_contrastive import Model, load
from sb_contrastive.data.manifests.folder_scan import scan_folder
from sb_contrastive.data.manifests.manifest import write_manifest
from sb_contrastive.evaluation import embed_segments
from sb_contrastive.inference import row_embeddings


@pytest.fixture
def loaded(model):
    return load(model, "cpu")


@pytest.fixture
def classifying(two_classes):
    return load(two_classes, "cpu")


def test_a_file_its_array_and_its_tensor(loaded, encoder, tmp_path, write):
    path = write(tmp_path / "a.wav", 0)
    wav, rate = soundfile.read(path, dtype="float32")
    with torch.no_grad():
        centred = torch.from_numpy(wav - wav.mean())[None]
        expected = encoder(centred)[0].numpy()
    for x in (path, str(path), wav, wav.astype("float64"), torch.tensor(wav)):
        z = loaded.embed(x, sample_rate=rate)
        assert z.shape == (8,) and z.dtype == np.float32
        np.testing.assert_allclose(z, expected, atol=1e-5)


def test_several_have_names(loaded, tmp_path, write, folder):
    path = write(tmp_path / "a.wav", 0)
    wav, _ = soundfile.read(path)
    mixed = loaded.embed(
        [path, wav, str(folder / "ann/1.wav")], sample_rate=16000
    )
    assert set(mixed) == {str(path), "1", str(folder / "ann/1.wav")}
    np.testing.assert_allclose(mixed[str(path)], mixed["1"], atol=1e-5)
    one = loaded.embed([path])
    np.testing.assert_allclose(one[str(path)], mixed["1"], atol=1e-5)
    rows = scan_folder(folder)
    found = loaded.embed(folder)
    assert list(found) == [row["ID"] for row in rows]
    np.testing.assert_allclose(
        found["ann--1"], mixed[str(folder / "ann/1.wav")], atol=1e-5
    )
    write_manifest([{**rows[4], "ID": "listed"}], tmp_path / "list.csv")
    listed = loaded.embed(tmp_path / "list.csv")
    np.testing.assert_allclose(listed["listed"], found["bob--1"], atol=1e-5)


def test_a_stream_is_the_mapping_block_by_block(loaded, folder, monkeypatch):
    monkeypatch.setattr(row_embeddings, "BLOCK", 4)
    asked = []
    original = row_embeddings.embed_segments

    def noted(encoder, rows, *args, **kwargs):
        asked.append(len(rows))
        return original(encoder, rows, *args, **kwargs)

    monkeypatch.setattr(row_embeddings, "embed_segments", noted)
    stream = loaded.embed(folder, stream=True)
    first = next(stream)
    assert asked == [4]
    pairs = dict([first, *stream])
    assert asked == [4, 4, 1]
    expected = loaded.embed(folder)
    assert pairs.keys() == expected.keys()
    for name, z in expected.items():
        np.testing.assert_array_equal(pairs[name], z)


def test_another_rate_is_converted_and_silence_is_cut(
    classifying, tmp_path, write
):
    path = write(tmp_path / "a.wav", 1, rate=44100)
    wav, rate = soundfile.read(path)
    quiet = np.zeros(rate)
    padded = np.concatenate([quiet, wav - wav.mean(), quiet])
    soundfile.write(tmp_path / "padded.wav", padded, rate, subtype="FLOAT")
    of_file = classifying.embed(tmp_path / "padded.wav")
    of_array = classifying.embed(padded, sample_rate=rate)
    # The copy of a file has 16 bits
    np.testing.assert_allclose(of_array, of_file, atol=2e-3)
    uncut = classifying.embed(padded, sample_rate=rate, trim_silence_db=0)
    assert np.abs(uncut - of_array).max() > 0.05


def test_posteriors_are_speechbrains(classifying, two_classes, tmp_path, write):
    path = write(tmp_path / "a.wav", 0)
    other = EncoderClassifier.from_hparams(source=str(two_classes))
    wav, _ = soundfile.read(path, dtype="float32")
    expected = other.classify_batch(torch.from_numpy(wav)[None])[0].exp()
    found = classifying.classify(path, trim_silence_db=0)
    assert classifying.classes == ("happy", "sad")
    np.testing.assert_allclose(found, expected[0].numpy(), atol=1e-4)
    of_several = classifying.classify([path], trim_silence_db=0)
    np.testing.assert_allclose(of_several[str(path)], found, atol=1e-5)


def test_chunks_are_heard_one_by_one(classifying, tmp_path, write, monkeypatch):
    a = write(tmp_path / "wavs" / "a.wav", 0, seconds=1.1)
    b = write(tmp_path / "wavs" / "b.wav", 1, seconds=0.3)
    wav, rate = soundfile.read(a)
    chunks = [wav[s : s + 8000] for s in (0, 4000, 8000)] + [wav[-8000:]]
    options = {"sample_rate": rate, "trim_silence_db": 0}
    parts = classifying.classify(chunks, **options)
    expected = np.mean(list(parts.values()), axis=0)
    whole = classifying.classify(b, **options)
    for block in (2048, 3, 1):
        monkeypatch.setattr(row_embeddings, "BLOCK", block)
        found = classifying.classify(
            tmp_path / "wavs", chunk_seconds=0.5, **options
        )
        np.testing.assert_allclose(found["a"], expected, atol=1e-5)
        np.testing.assert_allclose(found["b"], whole, atol=1e-5)
    with pytest.raises(ValueError, match="--chunk_seconds is a number of"):
        classifying.classify(a, chunk_seconds=0)


def test_a_model_without_classifier_says_so(loaded, folder):
    with pytest.raises(ValueError, match="the model has no classifier"):
        loaded.classify(folder)


def test_two_recordings(loaded, classifying, tmp_path, write):
    a, b = (write(tmp_path / f"{i}.wav", i) for i in range(2))
    z = [loaded.embed(x) for x in (a, b)]
    expected = z[0] @ z[1] / np.linalg.norm(z[0]) / np.linalg.norm(z[1])
    found = loaded.verify(a, b)
    assert found.cosine == pytest.approx(expected, abs=1e-5)
    assert found[1:] == (None, None)
    assert loaded.verify(a, b, threshold=expected - 0.01).same is True
    assert loaded.verify(a, b, threshold=expected + 0.01).same is False
    wav, rate = soundfile.read(b)
    assert loaded.verify(a, wav, sample_rate=rate).cosine == pytest.approx(
        expected, abs=1e-5
    )
    same = classifying.verify(a, a)
    assert same == (pytest.approx(1), True, 0.5)
    # The threshold was measured on other cuts
    assert classifying.verify(a, a, trim_silence_db=0).threshold is None
    assert classifying.verify(a, a, segments="2x0.2s_mean").same is None


@pytest.mark.parametrize(
    "x, options, words",
    [
        (np.zeros(9000), {"sample_rate": 16000}, "array 0: holds no sound"),
        (np.full(9000, np.nan), {"sample_rate": 16000}, "NaN or infinity"),
        (np.ones(9), {"sample_rate": 16000}, "lasts 0.001 s"),
        (np.ones((2, 9000)), {"sample_rate": 16000}, "of one channel"),
        (np.ones(9000, "int16"), {"sample_rate": 16000}, "divide 16-bit"),
        (np.ones(9000), {}, "give sample_rate="),
        (np.ones(9000), {"sample_rate": -1}, "a number of Hz, not -1"),
        ([], {}, "list of recordings is empty"),
        ([3], {}, "not a int"),
        ("speech.txt", {}, "neither a folder nor"),
        ("a.wav", {"segments": "6x2s_maen"}, "did you mean '6x2s_mean'"),
    ],
)
def test_mistakes_are_one_sentence(loaded, x, options, words):
    with pytest.raises(ValueError, match=words):
        loaded.embed(x, **options)


def test_what_is_bad_is_left_out_on_request(loaded, folder):
    (folder / "ann" / "bad.wav").write_bytes(b"no audio")
    with pytest.raises(ValueError, match="1 of 10 utterances"):
        loaded.embed(folder)
    assert len(loaded.embed(folder, on_bad_audio="skip")) == 9


def test_an_encoder_from_training_is_a_model(encoder, tmp_path, write):
    path = write(tmp_path / "a.wav", 0)
    found = Model(encoder.train()).embed(path)
    assert not encoder.training
    rows = scan_folder(tmp_path)
    np.testing.assert_allclose(
        found, embed_segments(encoder, rows)[0], atol=1e-6
    )


def test_the_package_is_cheap_to_import():
    import subprocess

    code = (
        "import sys, sb_contrastive; "
        "print({'torch', 'numpy', 'speechbrain'} & set(sys.modules)); "
        "print(dir(sb_contrastive), sb_contrastive.EMATeacher.__name__)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert said[0] == "set()"
    assert said[1] == f"{sorted(sb_contrastive.__all__)} EMATeacher"
    with pytest.raises(AttributeError, match="no name 'lod'"):
        sb_contrastive.lod
