"""Amounts as people read them."""

from __future__ import annotations

import pytest

from safelight.domain.units import data_size


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (46_100_000, "46.1 MB"),
        (345_678_901, "346 MB"),
        (4_270_000_000, "4.27 GB"),
        (10**15, "1,000,000 GB"),
    ],
)
def test_bytes_have_three_digits_and_a_unit(count: int, said: str) -> None:
    assert data_size(count) == said
