"""Reads, checks and writes manifests: CSVs of utterances."""

from sb_contrastive.data.manifests.manifest import (
    read_manifest,
    write_manifest,
)

__all__ = ["read_manifest", "write_manifest"]
