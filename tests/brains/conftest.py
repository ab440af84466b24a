"""Every test of a Brain begins from the same seed."""

import pytest


@pytest.fixture(autouse=True)
def from_one_seed(one_order):
    """See `one_order`."""
