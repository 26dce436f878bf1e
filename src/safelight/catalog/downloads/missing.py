"""What a model of the catalog lacks, as something to download."""

from __future__ import annotations

from safelight.catalog.downloads.offers import Offer
from safelight.catalog.downloads.sources import MissingSource
from safelight.catalog.downloads.web import Web
from safelight.domain.errors import NotBuilt


async def missing_offer(source: MissingSource, web: Web) -> Offer:
    """The companions that a model lacks."""
    raise NotBuilt(f"The companions of {source.model!r} can't be looked up yet.")
