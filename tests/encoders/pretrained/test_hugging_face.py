"""Frozen HuBERT, wav2vec 2.0 and WavLM: what comes out, and that nothing moves them."""

import copy
import shutil

import pytest
import torch
import transformers
from torch.nn.utils.rnn import pad_sequence

from sb_contrastive import EMATeacher
from sb_contrastive.encoders import HuggingFaceFrames
from sb_contrastive.experiment import Experiment

FAMILIES = ["hubert", "wav2vec2", "wavlm"]
SAMPLES = [8000, 5000, 6789, 8000, 401]


@pytest.fixture(scope="module", params=FAMILIES)
def family(request):
    return request.param


@pytest.fixture(scope="module", params=["group", "layer"])
def encoder(request, family, hugging_face_model):
    return HuggingFaceFrames(family, hugging_face_model(family, request.param))


@pytest.fixture
def weighted(hugging_face_model):
    return HuggingFaceFrames("hubert", hugging_face_model(), "weighted")


@pytest.fixture(scope="module")
def wavs():
    generator = torch.Generator().manual_seed(0)
    loud = [0.05, 1.0, 0.3, 0.7, 0.1]
    return [
        a * torch.randn(n, generator=generator) for a, n in zip(loud, SAMPLES)
    ]


def padded(wavs):
    lens = torch.tensor([len(w) for w in wavs]) / max(len(w) for w in wavs)
    return pad_sequence(wavs, batch_first=True), lens


def as_transformers_says(folder, wav, normalize):
    """Hidden states of one utterance by transformers alone."""
    model = transformers.AutoModel.from_pretrained(folder).eval()
    if normalize:
        wav = (wav - wav.mean()) / (wav.var(correction=0) + 1e-5).sqrt()
    with torch.no_grad():
        return model(wav[None], output_hidden_states=True)


def test_last_layer_is_that_of_transformers(encoder, wavs):
    expected = as_transformers_says(encoder.name, wavs[1], encoder.normalize)
    torch.testing.assert_close(
        encoder(wavs[1][None]), expected.last_hidden_state
    )


def test_padded_in_a_batch_equals_alone(encoder, wavs):
    batch, lens = padded(wavs)
    batch[1, SAMPLES[1] :] = 0.3  # what stands in the padding does not matter
    frames, shares = encoder.frames(batch, lens)
    T = frames.shape[1]
    assert frames.shape == (5, 24, encoder.frame_dim)
    for row, share, wav in zip(frames, shares, wavs):
        alone, one = encoder.frames(wav[None])
        valid = round(share.item() * T)
        assert one.tolist() == [1] and alone.shape[1] == valid
        torch.testing.assert_close(row[:valid], alone[0], rtol=0, atol=1e-4)
        assert not row[valid:].any()


def test_a_batch_cut_from_a_longer_one_is_the_same(encoder, wavs):
    # No row reaches the end: shares need not be 1
    batch, lens = padded(wavs)
    rows, shares = encoder.frames(batch[1:3], lens[1:3])
    for row, wav, share in zip(rows, wavs[1:3], shares):
        alone = encoder(wav[None])[0]
        assert round(share.item() * len(row)) == len(alone)
        torch.testing.assert_close(row[: len(alone)], alone, rtol=0, atol=1e-4)


def test_large_models_take_a_padded_batch_in_one_pass(hugging_face_model, wavs):
    for norm, passes in (("layer", 1), ("group", len(set(SAMPLES)))):
        encoder = HuggingFaceFrames("hubert", hugging_face_model(norm=norm))
        calls = []
        encoder.frozen.network.register_forward_hook(
            lambda *args: calls.append(1)
        )
        encoder.frames(*padded(wavs))
        assert len(calls) == passes


def test_group_normalised_models_do_leak_padding_despite_the_mask(
    hugging_face_model, wavs
):
    # The reason for groups of equal length: should this fail one day, a
    # padded batch in one pass will do for them too
    encoder = HuggingFaceFrames("hubert", hugging_face_model(norm="group"))
    batch, lens = padded(wavs[:2])
    samples = torch.tensor(SAMPLES[:2])
    frames, _ = encoder._encode_padded(batch, samples)
    alone = encoder(wavs[1][None])[0]
    assert (frames[1, : len(alone)] - alone).abs().max() > 0.01


def test_a_batch_normalised_convolution_is_kept_from_padding(tmp_path):
    # A layer-normalised front end, so that the config alone looks safe
    torch.manual_seed(3)
    config = transformers.HubertConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        conv_dim=[8] * 7,
        conv_bias=True,
        num_conv_pos_embeddings=8,
        num_conv_pos_embedding_groups=2,
        feat_extract_norm="layer",
        conv_pos_batch_norm=True,
    )
    model = transformers.HubertModel(config)
    for name, parameter in model.named_parameters():
        if "batch_norm" in name:
            torch.nn.init.normal_(parameter, 0.4, 0.2)
    model.save_pretrained(tmp_path)
    transformers.Wav2Vec2FeatureExtractor(
        return_attention_mask=True
    ).save_pretrained(tmp_path)
    encoder = HuggingFaceFrames("hubert", tmp_path)
    wavs = 0.1 * torch.randn(3, 6400)
    frames, _ = encoder.frames(wavs, torch.tensor([1.0, 0.5, 0.75]))
    for row, samples in ((1, 3200), (2, 4800)):
        alone = encoder(wavs[row : row + 1, :samples])[0]
        torch.testing.assert_close(
            frames[row, : len(alone)], alone, rtol=0, atol=1e-5
        )
    assert not encoder.masks_padding


def test_weighted_sum_of_layers(weighted, wavs):
    hidden = as_transformers_says(weighted.name, wavs[0], True)
    layers = [*hidden.hidden_states[:-1], hidden.last_hidden_state]
    assert len(weighted.layer_weights) == len(layers) == 3
    torch.testing.assert_close(
        weighted(wavs[0][None]), torch.stack(layers).mean(dim=0)
    )
    with torch.no_grad():
        weighted.layer_weights.copy_(torch.tensor([-50.0, -50.0, 50.0]))
    torch.testing.assert_close(weighted(wavs[0][None]), layers[-1])


@pytest.mark.parametrize("family", ["hubert", "wavlm"])
def test_one_layer_is_a_part_of_all(hugging_face_model, wavs, family):
    hub = hugging_face_model(family)
    every = HuggingFaceFrames(family, hub, "all")(wavs[0][None])
    for number, expected in enumerate(every.chunk(3, dim=2)):
        one = HuggingFaceFrames(family, hub, number)
        torch.testing.assert_close(one(wavs[0][None]), expected)


def test_gradient_reaches_the_layer_weights_alone(weighted, wavs):
    assert [n for n, _ in weighted.named_parameters()] == ["layer_weights"]
    weighted(wavs[0][None]).pow(2).sum().backward()
    assert weighted.layer_weights.grad.abs().min() > 0
    every = weighted.frozen.network.parameters()
    assert all(p.grad is None and not p.requires_grad for p in every)


@pytest.mark.parametrize("layers", ["last", "weighted"])
def test_nothing_thaws_it(hugging_face_model, wavs, layers):
    encoder = HuggingFaceFrames("wavlm", hugging_face_model("wavlm"), layers)
    holder = torch.nn.Sequential(encoder, torch.nn.Dropout(0.5))
    with torch.no_grad():
        before = encoder(wavs[0][None])
        holder.train().requires_grad_(True)
        encoder.train()
        for _ in range(3):
            assert torch.equal(encoder(wavs[0][None]), before)
    modules = encoder.frozen.network.modules()
    assert not any(module.training for module in modules)
    every = encoder.frozen.network.parameters()
    assert not any(p.requires_grad for p in every)


def test_a_teacher_shares_the_frozen_network(weighted):
    teacher = EMATeacher(weighted)
    assert teacher.network.frozen is weighted.frozen
    assert teacher.network.layer_weights is not weighted.layer_weights
    with torch.no_grad():
        weighted.layer_weights.fill_(1.0)
    teacher.update(weighted, momentum=0.5)
    assert teacher.network.layer_weights.tolist() == [0.5] * 3


def test_checkpoints_hold_a_hash_in_place_of_the_weights(
    weighted, hugging_face_model
):
    state = weighted.state_dict()
    assert {k: v.numel() for k, v in state.items()} == {
        "layer_weights": 3,
        "_extra_state": 16,
    }
    copy.deepcopy(weighted).load_state_dict(state)
    other = HuggingFaceFrames(
        "wav2vec2", hugging_face_model("wav2vec2"), "weighted"
    )
    with pytest.raises(ValueError, match="trained on another frozen encoder"):
        other.load_state_dict(state)


def test_loading_draws_no_random_number(hugging_face_model):
    torch.manual_seed(3)
    HuggingFaceFrames("hubert", hugging_face_model())
    drawn = torch.rand(1)
    torch.manual_seed(3)
    assert torch.equal(drawn, torch.rand(1))


def test_half_precision_checkpoints_are_computed_in_full(
    hugging_face_model, tmp_path, wavs
):
    folder = hugging_face_model()
    shutil.copytree(folder, tmp_path / "half")
    model = transformers.AutoModel.from_pretrained(folder)
    model.half().save_pretrained(tmp_path / "half")
    half = HuggingFaceFrames("hubert", tmp_path / "half")(wavs[0][None])
    full = HuggingFaceFrames("hubert", folder)(wavs[0][None])
    assert half.dtype == torch.float32
    torch.testing.assert_close(half, full, rtol=0.02, atol=0.02)


def test_fingerprint_is_that_of_weights_and_layers(
    hugging_face_model, tmp_path
):
    folder = hugging_face_model()
    shutil.copytree(folder, tmp_path / "moved")
    one = HuggingFaceFrames("hubert", folder).fingerprint()
    assert HuggingFaceFrames("hubert", tmp_path / "moved").fingerprint() == one
    weighted = HuggingFaceFrames("hubert", folder, "weighted")
    prints = {one, weighted.fingerprint()}
    with torch.no_grad():
        weighted.layer_weights[0] = 1
    prints.add(weighted.fingerprint())
    model = transformers.AutoModel.from_pretrained(folder)
    with torch.no_grad():
        model.encoder.layers[0].final_layer_norm.bias[0] += 1e-3
    model.save_pretrained(tmp_path / "moved")
    prints.add(HuggingFaceFrames("hubert", tmp_path / "moved").fingerprint())
    assert len(prints) == 4


@pytest.mark.parametrize(
    "experiment, family",
    [
        ("dino_ser", "hubert"),
        ("dino_sv", "wav2vec2"),
        ("moco_am_sv", "wavlm"),
        ("ntxent_am_sv", "hubert"),
        ("supervised_sv", "wav2vec2"),
    ],
)
def test_every_experiment_takes_a_family_by_name(
    experiment, family, hugging_face_model, wavs
):
    hub = hugging_face_model(family, "group")
    hparams = Experiment(
        f"hparams/{experiment}.yaml",
        f"encoder: {family}\nhub: {hub}\nlayers: weighted",
    ).load()
    encoder = hparams["encoder"]
    assert encoder.compute_features.name == str(hub)
    embeddings = encoder(torch.stack([wavs[0], wavs[3]]))
    assert embeddings.shape == (2, encoder.embedding_dim)
    embeddings.sum().backward()
    assert all(p.grad is not None for p in encoder.parameters())
    frames, _ = encoder.frames(*padded(wavs[:4]))
    torch.testing.assert_close(
        frames, encoder.compute_features(*padded(wavs[:4]))
    )


def test_too_short_an_utterance_is_named_in_samples(encoder):
    encoder(torch.randn(1, 400))
    with pytest.raises(ValueError, match="400 samples.* utterance has 399"):
        encoder(torch.randn(1, 399))
