"""Stage `embed`: the same embeddings whatever the number of processes."""

import numpy as np
import torch

from sb_contrastive.evaluation.embeddings.embed import embed
from sb_contrastive.stages.pseudo_labels.embedding import over_ranks


def test_two_processes_embed_the_same_bits(
    rows, small_encoder, two_ranks, one_thread
):
    torch.manual_seed(0)
    encoder = small_encoder()
    # Lengths that occur once, and one that fills two passes and a bit
    many = [*rows, *({**row, "stop": 4800} for row in rows[:9])]
    alone = embed(encoder, many, batch_size=4)

    def share(rank):
        return torch.from_numpy(over_ranks(encoder, many, "cpu", batch_size=4))

    for found in two_ranks(share):
        np.testing.assert_array_equal(found.numpy(), alone)
