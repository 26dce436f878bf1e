"""What a user writes to say where a model is → a typed source. Nothing is asked of anybody here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from safelight.domain.errors import InvalidInput

FORMS = "hf:org/repo, hf:org/repo/file, civitai:MODEL, civitai:MODEL@VERSION, or https://…"
"""What a source may look like, for messages."""

_HUB_HOSTS = frozenset({"huggingface.co", "www.huggingface.co", "hf.co"})
_CIVITAI_HOSTS = frozenset({"civitai.com", "www.civitai.com"})
_REPO = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[\w.-]{1,95}")
_REVISION = re.compile(r"[\w.-]+(/[\w.-]+){0,5}")
_CIVITAI = re.compile(r"(?P<model>[1-9]\d{0,11})?(@(?P<version>[1-9]\d{0,11}))?(/(?P<file>[^/]+))?")
_AIR = re.compile(r"(urn:)?air:[\w.-]+:[\w.-]+:civitai:(?P<rest>\d+(@\d+)?)", re.IGNORECASE)
_WHOLE, _INSIDE = 2, 4


@dataclass(frozen=True)
class HubSource:
    """A repository on Hugging Face, or one `file` of it; `revision` is a branch, tag or commit."""

    repo: str
    file: str | None = None
    revision: str | None = None


@dataclass(frozen=True)
class CivitaiSource:
    """A version of a model on Civitai: the one named, or the newest; `file` is the name of one of its files."""

    model: int | None = None
    version: int | None = None
    file: str | None = None


@dataclass(frozen=True)
class UrlSource:
    """A file at an address."""

    url: str


@dataclass(frozen=True)
class MissingSource:
    """The companions that a model of the catalog lacks."""

    model: str


Source = HubSource | CivitaiSource | UrlSource | MissingSource


def parse_source(text: str) -> Source:
    """The source that `text` names; the pages' own addresses are understood, too.

    Identifiers of Civitai's files are as on https://developer.civitai.com/site/guide/air.

    Raises:
        InvalidInput: It names none.
    """
    text = text.strip()
    scheme, _, rest = text.partition(":")
    match scheme.lower():
        case "hf" | "huggingface":
            return _hub(rest.removeprefix("//"))
        case "civitai":
            return _civitai(rest.removeprefix("//"))
        case "urn" | "air" if found := _AIR.fullmatch(text):
            return _civitai(found["rest"])
        case "missing" if rest.strip():
            return MissingSource(rest.strip())
        case "http" | "https":
            return _address(text)
    raise InvalidInput(f"{text[:100]!r} says no place to download from.", hint=f"Write {FORMS}.")


def _hub(text: str) -> HubSource:
    name, at, revision = text.rpartition("@") if "@" in text else (text, "", "")
    if at and "/" in revision and _REPO.fullmatch(name) and not revision.startswith("refs/"):
        revision, _, inside = revision.partition("/")  # org/repo@revision/file
        name = f"{name}/{inside}"
    parts = name.strip("/").split("/")
    return _repository("/".join(parts[:_WHOLE]), "/".join(parts[_WHOLE:]), revision if at else None)


def _repository(repo: str, file: str, revision: str | None) -> HubSource:
    if not _REPO.fullmatch(repo) or ".." in repo or "--" in repo:
        raise InvalidInput(f"{repo[:100]!r} is no repository of Hugging Face.", hint="Write hf:org/repo.")
    if revision is not None and (not _REVISION.fullmatch(revision) or ".." in revision):
        raise InvalidInput(f"{revision[:100]!r} is no branch, tag or commit.")
    if file and any(part in ("", ".", "..") for part in file.split("/")):
        raise InvalidInput(f"{file[:100]!r} is no file of a repository.")
    return HubSource(repo, file or None, revision)


def _civitai(text: str) -> CivitaiSource:
    found = _CIVITAI.fullmatch(text.strip())
    if not found or not (found["model"] or found["version"]):
        raise InvalidInput(
            f"{text[:100]!r} is no model of Civitai.",
            hint="Write civitai:MODEL, civitai:MODEL@VERSION or civitai:@VERSION, with the numbers in its address.",
        )
    return CivitaiSource(_number(found["model"]), _number(found["version"]), found["file"])


def _number(text: str | None) -> int | None:
    return int(text) if text else None


def _address(text: str) -> Source:
    try:
        url = urlsplit(text)
        host = (url.hostname or "").lower()
        _ = url.port
    except ValueError as error:
        raise InvalidInput("The address to download from is malformed.") from error
    if not host:
        raise InvalidInput("The address to download from names no host.")
    if url.username or url.password:
        raise InvalidInput(
            "The address to download from has a name or password in it.",
            hint="Keys are for the settings hf_token and civitai_key; an address is kept and shown.",
        )
    parts = [unquote(part) for part in url.path.split("/") if part]
    if host in _HUB_HOSTS and len(parts) >= _WHOLE and parts[0] not in ("api", "datasets", "spaces"):
        return _hub_page(parts)
    if host in _CIVITAI_HOSTS:
        return _civitai_page(url, parts)
    return UrlSource(text.partition("#")[0])


def _hub_page(parts: list[str]) -> HubSource:
    repo, rest = "/".join(parts[:_WHOLE]), parts[_WHOLE:]
    if len(rest) >= _WHOLE and rest[0] in ("resolve", "blob", "raw", "tree"):
        return _repository(repo, "/".join(rest[2:]) if rest[0] != "tree" else "", rest[1])
    return _repository(repo, "", None)


def _civitai_page(url: SplitResult, parts: list[str]) -> Source:
    """A page's or a download's address; a key in it is left out."""
    if len(parts) >= _WHOLE and parts[0] == "models":
        version = parse_qs(url.query).get("modelVersionId", [""])[0]
        return _civitai(parts[1] + (f"@{version}" if version else ""))
    if len(parts) == _INSIDE and parts[:3] == ["api", "download", "models"]:
        return _civitai(f"@{parts[3]}")
    raise InvalidInput("This address of Civitai is no model's.", hint="Copy the address of the model's page.")
