"""What Civitai offers: the main file of a version of a model, or the one that is named.

Answers are those of https://developer.civitai.com/site/reference/model-versions. A redirect leads to a signed address
at a storage provider, which refuses requests that carry a key: `web` leaves it out there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ConfigDict, Field, ValidationError

from safelight.catalog.downloads.offers import Offer, RemoteFile, fit_name
from safelight.catalog.downloads.sources import CivitaiSource
from safelight.catalog.downloads.web import Web
from safelight.domain.errors import DownloadFailed, InvalidInput, NotFound
from safelight.domain.values import Value

_KILO = 1024


class _Told(Value):
    """Part of an answer; what is not named here is passed over."""

    model_config = ConfigDict(extra="ignore")


class _File(_Told):
    name: str
    type: str = "Model"
    size: float | None = Field(default=None, alias="sizeKB")
    hashes: dict[str, Any] = Field(default_factory=dict)
    primary: bool | None = None
    address: str | None = Field(default=None, alias="downloadUrl")
    pickles: str | None = Field(default=None, alias="pickleScanResult")
    viruses: str | None = Field(default=None, alias="virusScanResult")


class _Model(_Told):
    name: str = ""


class _Version(_Told):
    id: int
    name: str = ""
    model_id: int | None = Field(default=None, alias="modelId")
    model: _Model = _Model()
    files: tuple[_File, ...] = ()
    address: str | None = Field(default=None, alias="downloadUrl")


class _Versions(_Told):
    name: str = ""
    versions: tuple[_Version, ...] = Field(default=(), alias="modelVersions")


async def offer(source: CivitaiSource, web: Web) -> Offer:
    """What a source on Civitai stands for now.

    Raises:
        NotFound, DownloadRefused: There is no such model, version or file, or not for this caller.
        InvalidInput: Its host found something dangerous in the file.
        DownloadFailed: Civitai does not answer as it should.
    """
    version = await _version(source, web)
    file = _chosen(source, version)
    for scan, result in (("virus", file.viruses), ("pickle", file.pickles)):
        if result == "Danger":
            raise InvalidInput(f"Civitai's {scan} scan found {fit_name(file.name)} dangerous; it is not fetched.")
    page = f"{web.settings.civitai_endpoint}/models/{version.model_id or source.model or ''}"
    sha256 = str(file.hashes.get("SHA256") or "").lower()
    remote = RemoteFile(
        url=file.address or version.address or f"{web.settings.civitai_endpoint}/api/download/models/{version.id}",
        name=fit_name(file.name),
        bytes=round(file.size * _KILO) if file.size is not None else None,
        exact=False,  # told in kilobytes, for some files rounded
        sha256=sha256 if len(sha256) == 64 else None,  # noqa: PLR2004 - digits of a SHA-256
        source=f"{page}?modelVersionId={version.id}",
        notes=() if len(sha256) == 64 else ("Civitai publishes no SHA-256 of it.",),  # noqa: PLR2004
    )
    return Offer(title=" ".join(filter(None, (version.model.name, version.name))) or remote.name, files=(remote,))


async def _version(source: CivitaiSource, web: Web) -> _Version:
    api = f"{web.settings.civitai_endpoint}/api/v1"
    if source.version is not None:
        return await _one(web, f"{api}/model-versions/{source.version}", f"version {source.version} of a model")
    try:
        told = await web.json(f"{api}/models/{source.model}", what=f"model {source.model}")
    except NotFound as error:
        try:  # people copy either number
            return await _one(web, f"{api}/model-versions/{source.model}", f"model {source.model}")
        except NotFound:
            raise error from None
    try:
        model = _Versions.model_validate(told)
    except ValidationError as error:
        raise DownloadFailed(f"The answer about model {source.model} is not one of Civitai.") from error
    if not model.versions:
        raise NotFound(f"Model {source.model} of Civitai has no version that can be downloaded.")
    newest = model.versions[0]
    return newest.model_copy(update={"model_id": source.model, "model": _Model(name=model.name)})


async def _one(web: Web, url: str, what: str) -> _Version:
    try:
        return _Version.model_validate(await web.json(url, what=what))
    except ValidationError as error:
        raise DownloadFailed(f"The answer about {what} is not one of Civitai.") from error


def _chosen(source: CivitaiSource, version: _Version) -> _File:
    if source.file:
        found = next((file for file in version.files if file.name == source.file), None)
        if found is None:
            raise NotFound(
                f"Version {version.id} has no file {source.file[:100]!r}.", hint=f"It has {_names(version.files)}."
            )
        return found
    models = [file for file in version.files if file.type in ("Model", "Pruned Model")] or list(version.files)
    if not models:
        raise NotFound(f"Version {version.id} of Civitai has no files.")
    return next((file for file in models if file.primary), models[0])


def _names(files: Sequence[_File]) -> str:
    return ", ".join(fit_name(file.name) for file in files[:12]) or "none"
