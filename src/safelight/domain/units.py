"""Amounts with their units, for people."""

from __future__ import annotations

_WHOLE = 100


def data_size(count: int) -> str:
    """Bytes in three digits: 4.27 GB, 46.1 MB."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= factor:
            value = count / factor
            return f"{value:,.0f} {unit}" if value >= _WHOLE else f"{value:.3g} {unit}"
    return f"{count} B"
