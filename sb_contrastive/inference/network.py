"""Calls the parts of a SpeechBrain model as an `UtteranceEncoder` and a classifier of embeddings."""

import torch


class FrontEnd(torch.nn.Module):
    """Features followed by their normalisation: [B, S] -> [B, T, F].

    Arguments
    ---------
    compute_features : torch.nn.Module
        [B, S] -> [B, T, F].
    mean_var_norm : torch.nn.Module
        Called as (features, relative lengths).
    """

    def __init__(self, compute_features, mean_var_norm):
        super().__init__()
        self.compute_features = compute_features
        self.mean_var_norm = mean_var_norm

    def forward(self, wavs):
        """Return normalised features."""
        features = self.compute_features(wavs)
        return self.mean_var_norm(features, _all_valid(wavs))


class WithLengths(torch.nn.Module):
    """Calls an embedding model with lengths, as SpeechBrain does.

    Arguments
    ---------
    embedding_model : torch.nn.Module
        Called as (features, relative lengths).
    """

    def __init__(self, embedding_model):
        super().__init__()
        self.embedding_model = embedding_model

    def forward(self, features):
        """Return embeddings."""
        return self.embedding_model(features, _all_valid(features))


class OfEmbeddings(torch.nn.Module):
    """Calls a classifier with [B, 1, D], as SpeechBrain's inference does, and
    returns [B, C].

    Arguments
    ---------
    classifier : torch.nn.Module
        [B, 1, D] -> [B, 1, C].

    Example
    -------
    >>> OfEmbeddings(torch.nn.Linear(4, 2))(torch.ones(3, 4)).shape
    torch.Size([3, 2])
    """

    def __init__(self, classifier):
        super().__init__()
        self.classifier = classifier

    def forward(self, embeddings):
        """Return logits, or their log-softmax."""
        return self.classifier(embeddings[:, None]).squeeze(1)


def _all_valid(batch):
    # Not len(): a tracer would take the number of rows for a constant
    return torch.ones(batch.shape[0], device=batch.device)
