"""Names of models: short where they are unambiguous, stable, and never two the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from safelight.catalog.scan import Found, Layout, Source


def named(every: Iterable[Found]) -> dict[str, Found]:
    """Id of every model: embedded ones first, then the rest by id.

    An embedded model is called as its folder, one in the Hugging Face cache `org/repo` or `org/repo/file`. A user's
    model is called as its file without suffix, or as its folder; where that is ambiguous, by its place below the models
    folder; and where several folders have that place, by the folder's name and the place. Presets and prompts
    change no model's id.
    """
    models = list(every)
    ids = {found.place: found for found in models if found.root.source is Source.EMBEDDED}
    hub = {found.place: found for found in models if found.root.source is Source.HUGGINGFACE}
    mine = [found for found in models if found.root.source is Source.MODELS]
    names = Counter(found.name for found in mine if found.layout is not Layout.TEXT)
    texts = names + Counter(found.name for found in mine if found.layout is Layout.TEXT)
    places = Counter(found.place for found in mine)
    taken = {*ids, *hub, *(found.place for found in mine if found.place != found.name)}
    rest = dict(hub)
    for found in mine:
        known = texts if found.layout is Layout.TEXT else names
        if known[found.name] == 1 and found.name not in taken:
            rest[found.name] = found
        elif places[found.place] == 1 and found.place not in ids and found.place not in hub:
            rest[found.place] = found
        else:
            rest[f"{found.root.name}/{found.place}"] = found
    return ids | {name: rest[name] for name in sorted(rest, key=str.casefold)}
