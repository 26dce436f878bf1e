"""What a model of the catalog lacks, as something to download: the companions' well-known files."""

from __future__ import annotations

import asyncio

from safelight.catalog.catalog import open_catalog
from safelight.catalog.components import Missing
from safelight.catalog.downloads import hub
from safelight.catalog.downloads.offers import Offer
from safelight.catalog.downloads.sources import HubSource, MissingSource
from safelight.catalog.downloads.web import Web
from safelight.domain.errors import Conflict, NotFound
from safelight.settings import Settings


async def missing_offer(source: MissingSource, web: Web) -> Offer:
    """The companions that a model can't be run without, from where they are published.

    Raises:
        NotFound: There is no such model, or nobody knows where to get what it lacks.
        Conflict: It lacks nothing.
    """
    missing = await asyncio.to_thread(_missing, source.model, web.settings)
    if not missing:
        raise Conflict(f"{source.model} lacks nothing that is known.")
    files = []
    for one in missing:
        if one.offer:
            published = HubSource(one.offer.repository, one.offer.file)
            (file,) = (await hub.offer(published, web)).files
            told = (f"It is {one.label} for {source.model}.", f"Its licence: {file.license or one.offer.licence}.")
            files.append(file.model_copy(update={"notes": (*told, *file.notes)}))
    if not files:
        lacking = ", ".join(one.label for one in missing)
        raise NotFound(f"No place is known that has what {source.model} lacks: {lacking}.")
    return Offer(title=f"What {source.model} lacks", files=tuple(files))


def _missing(name: str, settings: Settings) -> tuple[Missing, ...]:
    catalog = open_catalog(settings)
    lacking = catalog.missing(catalog.resolve(name, paths=False))
    return tuple(one for one in lacking if not one.optional)
