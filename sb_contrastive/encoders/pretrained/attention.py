"""Attention of short audio in training on a processor, in float32: its bfloat16 kernel takes twice as long there."""

import torch

NAME = "sdpa_float32_if_short"
SHORT = 512  # frames, up to which float32 is faster: benchmarks/bench_tuning.py


def use_fast_attention(network):
    """Let a network of transformers attend in the type that is fastest.

    On a processor, the backward pass of torch's attention in bfloat16 takes 2.6
    times as long as in float32 at 100 frames. Elsewhere nothing changes.

    Arguments
    ---------
    network : transformers.PreTrainedModel
        Changed in place, if its attention is `sdpa`. WavLM has its own.
    """
    from transformers import AttentionInterface, AttentionMaskInterface

    if getattr(network.config, "_attn_implementation", None) != "sdpa":
        return
    AttentionInterface.register(NAME, _attend)
    AttentionMaskInterface.register(NAME, AttentionMaskInterface()["sdpa"])
    network.set_attn_implementation(NAME)


def _attend(module, query, key, value, attention_mask, **options):
    """Attend as transformers' `sdpa` does, see there."""
    from transformers import AttentionInterface

    sdpa, dtype = AttentionInterface()["sdpa"], query.dtype
    slow = query.device.type == "cpu" and dtype == torch.bfloat16
    if not (slow and torch.is_grad_enabled() and query.shape[2] <= SHORT):
        return sdpa(module, query, key, value, attention_mask, **options)
    if attention_mask is not None and attention_mask.is_floating_point():
        attention_mask = attention_mask.float()
    with torch.autocast("cpu", enabled=False):
        attended, weights = sdpa(
            module,
            query.float(),
            key.float(),
            value.float(),
            attention_mask,
            **options,
        )
    return attended.to(dtype), weights
