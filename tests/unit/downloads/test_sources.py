"""What users write to say where a model is, and the names that hosts give files."""

from __future__ import annotations

import pytest

from safelight.catalog.downloads.offers import check_name, check_path, fit_name
from safelight.catalog.downloads.sources import (
    CivitaiSource,
    HubSource,
    MissingSource,
    Source,
    UrlSource,
    parse_source,
)
from safelight.domain.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("hf:org/repo", HubSource("org/repo")),
        ("hf://org/repo/", HubSource("org/repo")),
        ("hf:org/repo@v1.0", HubSource("org/repo", None, "v1.0")),
        ("hf:org/repo@refs/pr/3", HubSource("org/repo", None, "refs/pr/3")),
        ("hf:org/repo/model.safetensors", HubSource("org/repo", "model.safetensors")),
        ("hf:org/repo/a/b c.gguf@main", HubSource("org/repo", "a/b c.gguf", "main")),
        ("hf:org/repo@main/a/b.gguf", HubSource("org/repo", "a/b.gguf", "main")),
        ("https://huggingface.co/org/repo", HubSource("org/repo")),
        ("https://huggingface.co/org/repo/tree/fp16", HubSource("org/repo", None, "fp16")),
        ("https://huggingface.co/org/repo/blob/main/a/b%20c.gguf", HubSource("org/repo", "a/b c.gguf", "main")),
        ("https://hf.co/org/repo/resolve/main/b.gguf?download=true", HubSource("org/repo", "b.gguf", "main")),
        ("civitai:4384", CivitaiSource(4384)),
        ("civitai:4384@128713", CivitaiSource(4384, 128713)),
        ("civitai:@128713", CivitaiSource(None, 128713)),
        ("civitai:4384@128713/dream v8.safetensors", CivitaiSource(4384, 128713, "dream v8.safetensors")),
        ("urn:air:sd1:checkpoint:civitai:4384@128713", CivitaiSource(4384, 128713)),
        ("https://civitai.com/models/4384/dreamshaper", CivitaiSource(4384)),
        ("https://civitai.com/models/4384/dreamshaper?modelVersionId=128713", CivitaiSource(4384, 128713)),
        ("https://civitai.com/api/download/models/128713?type=Model&token=KEY", CivitaiSource(None, 128713)),
        ("missing:flux1-dev", MissingSource("flux1-dev")),
        ("https://example.org/a/model.safetensors?x=1#frag", UrlSource("https://example.org/a/model.safetensors?x=1")),
        ("HTTP://EXAMPLE.org/m", UrlSource("HTTP://EXAMPLE.org/m")),
    ],
)
def test_sources(text: str, source: Source) -> None:
    assert parse_source(text) == source


@pytest.mark.parametrize(
    "text",
    [
        "",
        "model.safetensors",
        "/etc/passwd",
        "file:///etc/passwd",
        "ftp://example.org/x",
        "hf:",
        "hf:repo",
        "hf:../x",
        "hf:org/../../x",
        "hf:org/repo/../../x",
        "hf:org/repo@../x",
        "hf:org/re po",
        "civitai:",
        "civitai:abc",
        "civitai:1@x",
        "https://civitai.com/user/someone",
        "https://",
        "https://user:secret@example.org/x",
        "https://[::1",
        "missing:",
    ],
)
def test_what_is_no_source_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_source(text)


def test_passwords_in_addresses_are_not_repeated() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_source("https://user:secret@example.org/x")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "fit"),
    [
        ("model.safetensors", "model.safetensors"),
        ("../../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/abs/x.gguf", "x.gguf"),
        (".hidden", "hidden"),
        ("a\x00b\n.gguf", "a_b_.gguf"),
        ("C:evil.gguf", "C_evil.gguf"),
        ("con.gguf", "_con.gguf"),
        ("x.gguf. ", "x.gguf"),
        ("gnp\u202esafetensors.exe", "gnp_safetensors.exe"),
    ],
)
def test_names_of_hosts_become_fit(name: str, fit: str) -> None:
    assert fit_name(name) == fit


def test_long_names_keep_their_suffix() -> None:
    name = fit_name("ü" * 500 + ".safetensors")
    assert len(name.encode()) <= 200 and name.endswith(".safetensors")


@pytest.mark.parametrize("name", ["", "..", ". .", "///"])
def test_no_name_is_no_name(name: str) -> None:
    with pytest.raises(InvalidInput):
        fit_name(name)


@pytest.mark.parametrize("name", ["a/b.gguf", "../b.gguf", ".b.gguf", "nul", "b\x1b.gguf"])
def test_users_names_are_names(name: str) -> None:
    with pytest.raises(InvalidInput):
        check_name(name)


@pytest.mark.parametrize("path", ["a/../b", "/a", "a//b", "a/.b", "a\\b", "unet/con"])
def test_paths_of_repositories_stay_inside(path: str) -> None:
    with pytest.raises(InvalidInput):
        check_path(path)
    assert check_path("unet/config.json") == "unet/config.json"
