"""Tiny models and files."""

from tests.support.exported_models import (  # noqa: F401
    encoder,
    encoder_yaml,
    folder,
    head,
    model,
    two_classes,
    write,
)
