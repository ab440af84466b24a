"""Manifest rows as columns: a million of them take little memory, which forked workers share."""

from sb_contrastive.data.columns.rows import Rows

__all__ = ["Rows"]
