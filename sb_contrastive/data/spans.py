"""Another name of `sb_contrastive.data.manifests.spans`, which scripts may import."""

from sb_contrastive.data.manifests.spans import fill_spans, parse_span

__all__ = ["fill_spans", "parse_span"]
