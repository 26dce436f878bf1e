"""What Hugging Face offers: one file of a repository, or all of a diffusers repository that a pipeline reads.

The library `huggingface_hub` knows the Hub's addresses and answers; the requests themselves go through `web`, which
guards where they lead.
"""

from __future__ import annotations

import asyncio
import importlib
import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from safelight.catalog.downloads.offers import Offer, RemoteFile, check_path, fit_name
from safelight.catalog.downloads.sources import HubSource
from safelight.catalog.downloads.web import Web
from safelight.catalog.folders import FORMATS
from safelight.catalog.scan import NAMELESS
from safelight.domain.errors import DownloadFailed, InvalidInput, NotFound

_INDEX = "model_index.json"
_WEIGHTS = re.compile(
    r"(?P<stem>diffusion_pytorch_model|pytorch_model|model)(-\d{5}-of-\d{5})?(\.(?P<variant>[a-z0-9_]+?))?(-\d{5}-of-\d{5})?"
    r"\.(?P<format>safetensors|bin)(\.index(\.(?P<listed>[a-z0-9_]+))?\.json)?"
)
_READ = frozenset({".json", ".txt", ".model", ".jinja"})
"""Suffixes of what a pipeline reads besides weights. Programs are never fetched."""

_ORDER = (("safetensors", ""), ("safetensors", "fp16"), ("safetensors", "bf16"), ("bin", ""), ("bin", "fp16"))
"""Which weights of a component are taken, the best first: as the catalog finds them."""

_SHOWN = 12


async def offer(source: HubSource, web: Web) -> Offer:
    """What a source on Hugging Face stands for, at the commit that its revision names now.

    Raises:
        NotFound, DownloadRefused: There is no such repository or file, or not for this caller.
        InvalidInput: It does not say which file of a repository is meant.
        DownloadFailed: The Hub does not answer as it should.
    """
    library = await asyncio.to_thread(importlib.import_module, "huggingface_hub")
    endpoint, repo = web.settings.hf_endpoint, source.repo
    at = f"/revision/{quote(source.revision, safe='')}" if source.revision else ""
    told = await web.json(f"{endpoint}/api/models/{repo}{at}?blobs=true", what=f"repository {repo}")
    try:
        info = library.ModelInfo(**told)
        found = {sibling.rfilename: sibling for sibling in info.siblings or ()}
        commit = str(info.sha)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DownloadFailed(f"The answer about repository {repo} is not one of Hugging Face.") from error
    license_ = getattr(info.card_data, "license", None)
    notes = ("Its makers want their terms accepted: see its page.",) if info.gated else ()

    def remote(path: str, name: str) -> RemoteFile:
        sibling = found[path]
        return RemoteFile(
            url=library.hf_hub_url(repo, path, revision=commit, endpoint=endpoint),
            name=name,
            bytes=sibling.size,
            sha256=sibling.lfs.sha256 if sibling.lfs else None,
            source=f"{endpoint}/{repo}",
            license=license_ if isinstance(license_, str) else None,
            notes=notes,
        )

    if source.file or _INDEX not in found:
        path = _named(source, found)
        return Offer(title=f"{path} of {repo}", files=(remote(path, _called(path, repo)),))
    index = await web.json(
        library.hf_hub_url(repo, _INDEX, revision=commit, endpoint=endpoint), what=f"{_INDEX} of {repo}"
    )
    paths = pipeline_files(index, sorted(found))
    return Offer(
        title=repo,
        files=tuple(remote(path, check_path(path)) for path in paths),
        folder=fit_name(repo.replace("/", "--")),
    )


def pipeline_files(index: Any, paths: Sequence[str]) -> list[str]:
    """Which files of a repository in diffusers layout a pipeline reads: one kind of weights for every component.

    Args:
        index: Its `model_index.json`.
        paths: All its files.

    Raises:
        DownloadFailed: The index names no components.
    """
    components = [
        name
        for name, entry in (index.items() if isinstance(index, dict) else ())
        if isinstance(entry, list) and len(entry) == 2 and all(entry) and name.isidentifier()  # noqa: PLR2004
    ]
    if not components:
        raise DownloadFailed(f"The repository's {_INDEX} names no components.")
    chosen = [_INDEX]
    for component in components:
        inside = [path for path in paths if PurePosixPath(path).parts[:1] == (component,)]
        chosen += [path for path in inside if PurePosixPath(path).suffix in _READ and ".index." not in path]
        chosen += _weights(inside)
    return sorted(dict.fromkeys(chosen))


def _weights(paths: Sequence[str]) -> list[str]:
    sets: dict[tuple[str, str], list[str]] = {}
    for path in paths:
        found = _WEIGHTS.fullmatch(PurePosixPath(path).name)
        if found:
            variant = found["variant"] or found["listed"] or ""
            sets.setdefault((found["format"], variant), []).append(path)
    best = next((kind for kind in _ORDER if kind in sets), None)
    return sets[best] if best else []


def _called(path: str, repo: str) -> str:
    """What a single file is called here: as there, unless half the world's files are called so."""
    place = PurePosixPath(path)
    if place.stem.partition(".")[0].casefold() not in NAMELESS:
        return fit_name(path)
    folder = f"-{place.parent.name}" if place.parent.name else ""
    return fit_name(f"{repo.partition('/')[2]}{folder}{place.suffix}")


def _named(source: HubSource, found: Sequence[str] | dict[str, Any]) -> str:
    """The one file that is meant."""
    if source.file:
        if source.file in found:
            return source.file
        raise NotFound(f"Repository {source.repo} has no file {source.file[:200]!r}.", hint=_choice(source, found))
    models = [path for path in found if PurePosixPath(path).suffix.lower() in FORMATS]
    if len(models) == 1:
        return models[0]
    if not models:
        raise NotFound(f"Repository {source.repo} has no model file.")
    raise InvalidInput(f"Repository {source.repo} has {len(models)} model files.", hint=_choice(source, found))


def _choice(source: HubSource, found: Sequence[str] | dict[str, Any]) -> str | None:
    models = sorted(path for path in found if PurePosixPath(path).suffix.lower() in FORMATS)
    if not models:
        return None
    more = f" and {len(models) - _SHOWN} more" if len(models) > _SHOWN else ""
    return f"Say which: {', '.join(f'hf:{source.repo}/{path}' for path in models[:_SHOWN])}{more}."
