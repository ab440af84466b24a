"""Embeddings are the same whatever the number of processes."""

from functools import partial

import numpy as np
import torch

from sb_contrastive.evaluation.embeddings.embed import embed, passes
from sb_contrastive.evaluation.embeddings.over_ranks import over_ranks


def test_two_processes_embed_the_same_bits(
    rows, small_encoder, two_ranks, one_thread
):
    torch.manual_seed(0)
    encoder = small_encoder()
    # Lengths that occur once, and one that fills two passes and a bit
    many = [*rows, *({**row, "stop": 4800} for row in rows[:9])]
    alone = embed(encoder, many, batch_size=4)

    def share(rank):
        part = partial(embed, encoder, batch_size=4)
        groups = passes(encoder, many, batch_size=4)
        return torch.from_numpy(over_ranks(part, many, groups))

    for found in two_ranks(share):
        np.testing.assert_array_equal(found.numpy(), alone)
