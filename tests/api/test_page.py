"""The page's files over HTTP: policy, caching, compression, views' addresses, and a checkout that has none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from safelight.server.page import Page
from tests.servers import Server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a build leaves."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>Safelight</title>")
    (tmp_path / "theme.js").write_text("// plain")
    (tmp_path / "assets/index-abc.js").write_text("// plain")
    (tmp_path / "assets/index-abc.js.br").write_bytes(b"as brotli")
    (tmp_path / "assets/index-abc.js.gz").write_bytes(b"as gzip")
    return tmp_path


@pytest.fixture
def browser(folder: Path) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=[Mount("/ui", Page(folder))])) as client:
        client.headers["Accept-Encoding"] = "identity"
        yield client


def test_every_answer_carries_the_policy(browser: TestClient) -> None:
    for path in ("/ui/", "/ui/theme.js", "/ui/assets/index-abc.js"):
        headers = browser.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
        assert headers["x-content-type-options"] == "nosniff"


def test_a_view_has_an_address_of_its_own(browser: TestClient) -> None:
    page = browser.get("/ui/").text
    assert "Safelight" in page
    assert browser.get("/ui/gallery").text == browser.get("/ui/models/a/b").text == page


def test_a_missing_file_is_no_view(browser: TestClient) -> None:
    assert browser.get("/ui/assets/index-old.js").status_code == 404


def test_hashed_files_are_kept_and_others_asked_for_again(browser: TestClient) -> None:
    assert "immutable" in browser.get("/ui/assets/index-abc.js").headers["cache-control"]
    first = browser.get("/ui/")
    assert first.headers["cache-control"] == "no-cache"
    again = browser.get("/ui/", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304 and not again.content


@pytest.mark.parametrize(
    ("accepts", "length", "encoding"), [("gzip, br", 9, "br"), ("gzip;q=1", 7, "gzip"), ("identity", 8, None)]
)
def test_files_come_as_they_were_compressed(
    browser: TestClient, accepts: str, length: int, encoding: str | None
) -> None:
    answer = browser.head("/ui/assets/index-abc.js", headers={"Accept-Encoding": accepts})
    assert answer.headers["content-length"] == str(length)
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize("path", ["/ui/../secret.txt", "/ui/%2e%2e/secret.txt", "/ui/..%2fsecret.txt"])
def test_nothing_outside_its_folder_is_served(folder: Path, path: str) -> None:
    secret = folder.parent / "secret.txt"
    secret.write_text("secret")
    client = TestClient(Starlette(routes=[Mount("/ui", Page(folder))]))
    assert "secret" not in client.get(path).text


def test_a_checkout_without_a_page_says_how_to_build_it(tmp_path: Path) -> None:
    page = Page(tmp_path / "missing")
    answer = TestClient(Starlette(routes=[Mount("/ui", page)])).get("/ui/")
    assert answer.status_code == 404 and "make page" in answer.text and not page.built


def test_browsers_are_sent_to_the_page_and_programs_told_what_this_is(server: Server) -> None:
    client = server.client
    built = "Safelight" in client.get("/ui/").text and client.get("/ui/").status_code == 200
    answer = client.get("/", headers={"Accept": "text/html,*/*;q=0.8"}, follow_redirects=False)
    assert answer.status_code == (307 if built else 200)
    assert client.get("/").json()["name"] == "safelight"
