"""WAP-Transformer: layer by layer, parameter counts, padding."""

import pytest
import torch

from sb_contrastive import EMATeacher
from sb_contrastive.adapter import WAPTransformer
from sb_contrastive.encoders.padding.valid_frames import valid_frames


def tiny(**options):
    options = {"position_kernel": 0, "position_groups": 2, **options}
    options = {"dim": 8, "heads": 2, "feedforward": 16, **options}
    return WAPTransformer(12, **options)


@pytest.fixture(autouse=True)
def same_numbers():
    torch.manual_seed(0)


@pytest.mark.parametrize(
    "input_dim, dim, feedforward, per_layer, projection",
    [
        (1024, 1024, 4096, 12_596_224, 0),
        (1024, 1024, 2048, 8_399_872, 0),
        (1024, 512, 2048, 3_152_384, 524_800),
        (1024, 256, 1024, 789_760, 262_400),
    ],
)
def test_number_of_parameters(
    input_dim, dim, feedforward, per_layer, projection
):
    with torch.device("meta"):
        plain = WAPTransformer(
            input_dim, dim, feedforward=feedforward, position_kernel=0
        )
        wap = WAPTransformer(input_dim, dim, feedforward=feedforward)
    weights, norms = 3, 3 * 2 * dim
    expected = 3 * per_layer + projection + weights + norms
    assert sum(p.numel() for p in plain.parameters()) == expected
    expected += dim * (dim // 16) * 128 + dim  # positions
    assert sum(p.numel() for p in wap.parameters()) == expected


@pytest.mark.parametrize("layer_weights", ["softmax", "raw", "last"])
@pytest.mark.parametrize("normalise", [True, False])
def test_sums_the_layers_and_leaves_the_input_out(layer_weights, normalise):
    wap = tiny(layer_weights=layer_weights, normalise_layers=normalise).eval()
    a = [0.0, 0.0, 1.0]
    if layer_weights != "last":
        with torch.no_grad():
            wap.weights.copy_(torch.tensor([0.3, -1.0, 2.0]))
        a = [0.3, -1.0, 2.0]
        if layer_weights == "softmax":
            a = torch.tensor(a).exp() / torch.tensor(a).exp().sum()
    frames = torch.randn(2, 5, 12)
    x, z = wap.projection(frames), 0.0
    for number, layer in enumerate(wap.layers):
        # Pre-LN by hand
        n = layer.norm1(x)
        x = x + layer.self_attn(n, n, n, need_weights=False)[0]
        hidden = torch.nn.functional.gelu(layer.linear1(layer.norm2(x)))
        x = x + layer.linear2(hidden)
        y = x
        if normalise:
            y = torch.nn.functional.layer_norm(x, (8,))  # gain 1 at the start
        z = z + a[number] * y
    torch.testing.assert_close(wap(frames), z)


def test_weights_sum_to_one_wherever_they_go():
    wap = tiny()
    torch.testing.assert_close(wap.averaging_weights(), torch.full((3,), 1 / 3))
    with torch.no_grad():
        wap.weights.copy_(torch.tensor([5.0, -3.0, 0.1]))
    assert wap.averaging_weights().sum() == pytest.approx(1)
    assert tiny(layer_weights="raw").averaging_weights().sum() == pytest.approx(
        1
    )
    assert tiny(layer_weights="last").averaging_weights().tolist() == [1]


@pytest.mark.parametrize("position_kernel", [0, 4, 5])
@pytest.mark.parametrize("gradient", [True, False])
def test_padding_changes_no_valid_frame(position_kernel, gradient):
    wap = tiny(position_kernel=position_kernel).eval()
    frames, counts = torch.randn(3, 20, 12), [20, 13, 1]
    valid = valid_frames(torch.tensor(counts) / 20, 20)
    dirty = frames.clone()
    dirty[~valid] = 99.0
    with torch.set_grad_enabled(gradient):
        z, other = wap(frames, valid), wap(dirty, valid)
        for row, count in enumerate(counts):
            alone = wap(frames[row : row + 1, :count])[0]
            torch.testing.assert_close(
                z[row, :count], alone, rtol=1e-4, atol=1e-5
            )
            torch.testing.assert_close(
                other[row, :count], alone, rtol=1e-4, atol=1e-5
            )
    assert z.isfinite().all()


def test_positions_tell_masked_frames_apart():
    # Frames 2 to 5 are masked, that is, equal
    frames = torch.randn(1, 10, 12)
    frames[:, 2:6] = frames[:, 2:3].clone()
    plain = tiny().eval()(frames)[0, 2:6]
    torch.testing.assert_close(plain, plain[:1].expand_as(plain))
    placed = tiny(position_kernel=4).eval()(frames)[0, 2:6]
    assert torch.pdist(placed).min() > 1e-3


def test_layers_computed_again_have_the_same_gradients_in_less_memory():
    frames, results = torch.randn(2, 9, 12), []
    for recompute in (False, True):
        torch.manual_seed(0)
        wap, kept = tiny(recompute=recompute), []
        with torch.autograd.graph.saved_tensors_hooks(
            lambda x: kept.append(x.nbytes) or x, lambda x: x
        ):
            torch.manual_seed(1)  # of dropout
            z = wap(frames)
        z.square().sum().backward()
        results.append((z, [p.grad for p in wap.parameters()], sum(kept)))
    (z, gradients, size), (again, same, smaller) = results
    torch.testing.assert_close(again, z)
    torch.testing.assert_close(same, gradients)
    assert smaller < size / 2


def test_a_teacher_is_an_equal_copy():
    wap = tiny().eval()
    teacher, frames = EMATeacher(wap, buffers="copy"), torch.randn(2, 9, 12)
    torch.testing.assert_close(teacher(frames), wap(frames))
    assert not teacher(frames).requires_grad


def test_width_of_the_encoder_needs_no_projection():
    wap = WAPTransformer(8, heads=2, feedforward=16, position_kernel=0)
    assert wap.dim == 8 and not [*wap.projection.parameters()]


@pytest.mark.parametrize(
    "options, message",
    [
        ({"layer_weights": "softmx"}, "softmax, raw, last.*'softmax'"),
        ({"heads": 3}, "heads must divide"),
        ({"position_kernel": 3, "position_groups": 5}, "position_groups"),
    ],
)
def test_what_cannot_be_built_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        tiny(**options)
