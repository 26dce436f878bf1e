"""Images by URL and as text: what is refused before anything is sent, on the way, and of what arrives."""

from __future__ import annotations

import asyncio
import base64
import gzip
import shutil
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from safelight.domain.errors import InvalidInput, TooLarge
from safelight.domain.request import Output
from safelight.images.encode import encode
from safelight.images.fetch import decode_image_text, fetch_image
from safelight.outbound.addresses import is_public

PICTURE = encode(np.zeros((16, 16, 3), dtype=np.uint8), Output(), "")
PUBLIC = "93.184.216.34"

Answer = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


def answer(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def redirect(to: str) -> bytes:
    return answer(b"", "302 Found", f"Location: {to}", "Content-Length: 0")


@asynccontextmanager
async def serving(
    answers: dict[str, bytes | Answer], tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[int, list[str]]]:
    """A web server on loopback; yields its port and the requests it gets, as `host path`."""
    asked: list[str] = []

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            path = head.split()[1]
            host = next(line[6:] for line in head.splitlines() if line.lower().startswith("host: "))
            asked.append(f"{host.split(':')[0]} {path}")
            given = answers[path]
            if isinstance(given, bytes):
                writer.write(given)
                await writer.drain()
            else:
                await given(path, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has seen enough
        finally:
            writer.close()

    server = await asyncio.start_server(respond, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1], asked
    finally:
        server.close()


def names(**known: str | list[str]) -> Callable[[str, int], Awaitable[list[str]]]:
    """A resolver that knows these names (with `_` for `.`), and addresses as themselves."""

    async def resolve(host: str, port: int) -> list[str]:
        found = known.get(host.replace(".", "_"), host)
        return [found] if isinstance(found, str) else found

    return resolve


WEB = names(pictures_example="127.0.0.1", other_example="127.0.0.1", inside_example="10.0.0.7")


def loopback_or_public(address: str) -> bool:
    return address == "127.0.0.1" or is_public(address)


async def fetch(url: str, *, max_bytes: int = 100_000, seconds: float = 20) -> bytes:
    return await fetch_image(
        url, max_bytes=max_bytes, allow=True, resolve=WEB, accept=loopback_or_public, seconds=seconds
    )


async def test_an_image_is_fetched_by_name() -> None:
    async with serving({"/a.png?b=c": answer(PICTURE)}) as (port, asked):
        assert await fetch(f"http://pictures.example:{port}/a.png?b=c#d") == PICTURE
    assert asked == ["pictures.example /a.png?b=c"]


async def test_nothing_is_fetched_unless_allowed() -> None:
    async with serving({"/": answer(PICTURE)}) as (port, asked):
        with pytest.raises(InvalidInput, match="does not fetch") as caught:
            await fetch_image(
                f"http://pictures.example:{port}/",
                max_bytes=1000,
                allow=False,
                resolve=WEB,
                accept=loopback_or_public,
            )
    assert "SAFELIGHT_FETCH_IMAGE_URLS=true" in str(caught.value.hint)
    assert asked == []


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "0", "[::1]", "[::ffff:127.0.0.1]", "127.1"]
)
async def test_this_machine_is_refused_by_default(host: str) -> None:
    async with serving({"/": answer(PICTURE)}) as (port, asked):
        with pytest.raises(InvalidInput, match=r"not at a public address|was not found|malformed"):
            await fetch_image(f"http://{host}:{port}/", max_bytes=100_000, allow=True)
    assert asked == []


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104
        "10.0.0.7",
        "100.100.100.200",
        "127.0.0.1",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::8.8.8.8",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "3fff::1",
        "4000::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff0e::1",
        "example.com",
        "",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "2606:4700::1111", "64:ff9b::5db8:d822"])
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(address)


async def test_one_address_inside_condemns_a_name() -> None:
    resolve = names(mixed_example=[PUBLIC, "192.168.1.1"])
    with pytest.raises(InvalidInput, match=r"'mixed\.example' of an image URL is not at a public address"):
        await fetch_image("http://mixed.example/", max_bytes=1000, allow=True, resolve=resolve)


async def test_a_name_is_looked_up_once_and_its_next_address_tried() -> None:
    looked_up = []

    async def resolve(host: str, port: int) -> list[str]:
        looked_up.append((host, port))
        return ["127.0.0.2", "127.0.0.1"]  # nobody listens on the first

    async with serving({"/": answer(PICTURE)}) as (port, asked):
        data = await fetch_image(
            f"http://rebinding.example:{port}/", max_bytes=10_000, allow=True, resolve=resolve, accept=lambda _: True
        )
    assert data == PICTURE
    assert looked_up == [("rebinding.example", port)]
    assert asked == ["rebinding.example /"]


async def test_redirects_are_followed_and_checked_each_time() -> None:
    answers: dict[str, bytes | Answer] = {"/a": redirect("/b"), "/picture": answer(PICTURE)}
    async with serving(answers) as (port, asked):
        answers["/b"] = redirect(f"http://other.example:{port}/picture")
        assert await fetch(f"http://pictures.example:{port}/a") == PICTURE
        assert asked == ["pictures.example /a", "pictures.example /b", "other.example /picture"]

        for inside in (f"http://inside.example:{port}/", "http://169.254.169.254/latest", f"http://[::1]:{port}/"):
            answers["/b"] = redirect(inside)
            with pytest.raises(InvalidInput, match="not at a public address"):
                await fetch(f"http://pictures.example:{port}/a")


@pytest.mark.parametrize("to", ["file:///etc/passwd", "ftp://pictures.example/", "data:image/png;base64,AAAA"])
async def test_redirects_to_other_schemes_are_refused(to: str) -> None:
    async with serving({"/": redirect(to)}) as (port, _):
        with pytest.raises(InvalidInput, match=r"must begin with http|redirected to nowhere"):
            await fetch(f"http://pictures.example:{port}/")


async def test_redirects_are_at_most_five() -> None:
    answers: dict[str, bytes | Answer] = {f"/{n}": redirect(f"/{n + 1}") for n in range(10)}
    answers["/5"] = answer(PICTURE)
    async with serving(answers) as (port, asked):
        assert await fetch(f"http://pictures.example:{port}/0") == PICTURE
        asked.clear()
        answers["/5"] = redirect("/6")
        with pytest.raises(InvalidInput, match="more than 5 redirects"):
            await fetch(f"http://pictures.example:{port}/0")
        assert len(asked) == 6


async def endless(path: str, writer: asyncio.StreamWriter) -> None:
    """A picture, or a redirect's body, that does not end."""
    head = redirect("/picture") if path == "/redirect" else answer(b"")
    writer.write(head.replace(b"Content-Length: 0\r\n", b""))
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


async def test_an_endless_picture_is_cut_off() -> None:
    async with serving({"/": endless}) as (port, _):
        with pytest.raises(TooLarge, match="more than the 100,000 bytes"):
            await fetch(f"http://pictures.example:{port}/")


async def test_an_endless_redirect_is_not_read() -> None:
    async with serving({"/redirect": endless, "/picture": answer(PICTURE)}) as (port, _):
        assert await fetch(f"http://pictures.example:{port}/redirect") == PICTURE


async def test_too_much_is_refused_by_what_is_announced_and_what_is_packed() -> None:
    packed = gzip.compress(b"\0" * 50_000_000)
    assert len(packed) < 100_000
    answers: dict[str, bytes | Answer] = {
        "/announced": answer(b"", "200 OK", "Content-Length: 100001"),
        "/packed": answer(packed, "200 OK", "Content-Encoding: gzip"),
    }
    async with serving(answers) as (port, _):
        for path in answers:
            with pytest.raises(TooLarge):
                await fetch(f"http://pictures.example:{port}{path}")


async def test_a_server_that_says_nothing_is_left() -> None:
    left = asyncio.Event()

    async def silent(path: str, writer: asyncio.StreamWriter) -> None:
        try:
            while True:  # a byte now and then: no single read takes too long
                writer.write(b"H")
                await writer.drain()
                await asyncio.sleep(0.02)
        except ConnectionError:
            left.set()

    async with serving({"/": silent}) as (port, _):
        with pytest.raises(InvalidInput, match=r"did not arrive within 0\.3 seconds"):
            await fetch(f"http://pictures.example:{port}/", seconds=0.3)
        await left.wait()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (answer(b"<html>no picture</html>"), "not an image that can be read"),
        (answer(b""), "not an image that can be read"),
        (answer(PICTURE, "404 Not Found"), "its server answered 404"),
        (answer(PICTURE, "302 Found"), "its server answered 302"),
        (answer(b"PNG", "200 OK", "Content-Length: 50"), "could not be fetched: RemoteProtocolError"),
        (answer(b"PNG", "200 OK", "Content-Encoding: gzip"), "could not be fetched: DecodingError"),
        (redirect("http://pictures.example:port/"), "redirected to nowhere"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "could not be fetched: RemoteProtocolError"),
        (b"", "could not be fetched: RemoteProtocolError"),
    ],
)
async def test_what_is_no_picture_is_said(given: bytes, sentence: str) -> None:
    async with serving({"/": given}) as (port, _):
        with pytest.raises(InvalidInput, match=sentence):
            await fetch(f"http://pictures.example:{port}/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/etc/passwd",
        "file:///etc/passwd",
        "ftp://pictures.example/",
        "http://",
        "http:///x",
        "//pictures.example/x",
        "javascript:alert(1)",
        "http://[::1/",
        "http://pictures.example:99999/",
        "http://pictures.example:-1/",
        "http://a\0b/",
        "http://a\r\nb/",
        "http://pictures.example/\udc80",
        "http://\udc80/",
        "http://xn--a-.example/",
        "http://*xn--.example/",
        "http://" + "x" * 70_000,
    ],
)
async def test_what_is_no_url_is_said(url: str) -> None:
    with pytest.raises(InvalidInput, match="URL"):
        await fetch(url)


@pytest.mark.parametrize("host", ["x" * 70 + ".example", "a..example", "nobody-has-this-name.invalid"])
async def test_names_of_nobody(host: str) -> None:
    with pytest.raises(InvalidInput, match=r"was not found|malformed"):
        await fetch_image(f"http://{host}/", max_bytes=1000, allow=True)


async def test_nobody_listens() -> None:
    async with serving({}) as (port, _):
        pass
    with pytest.raises(InvalidInput, match="could not be fetched: ConnectError"):
        await fetch(f"http://pictures.example:{port}/")


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's side of TLS, with a certificate for pictures.example that this process trusts."""
    openssl = shutil.which("openssl")
    if not openssl:
        pytest.skip("no openssl to make a certificate with")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", "/CN=pictures.example"]
    subprocess.run([*command, "-addext", "subjectAltName=DNS:pictures.example"], check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


async def test_certificates_are_checked_for_the_name_in_the_url(tls: ssl.SSLContext) -> None:
    answers: dict[str, bytes | Answer] = {"/": answer(PICTURE)}
    async with serving(answers, tls) as (port, asked):
        assert await fetch(f"https://pictures.example:{port}/") == PICTURE
        answers["/"] = redirect(f"https://other.example:{port}/")
        for url in (
            f"https://other.example:{port}/",
            f"https://pictures.example:{port}/",
            f"https://127.0.0.1:{port}/",
        ):
            with pytest.raises(InvalidInput, match="could not be fetched: ConnectError"):
                await fetch(url)
    assert asked == ["pictures.example /"] * 2


def test_the_http_library_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, safelight.images.fetch; print('httpx2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


TEXT = base64.b64encode(PICTURE).decode()


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT.rstrip("="),
        f"data:image/png;base64,{TEXT}",
        f"DATA:image/svg+xml;charset=utf-8;BASE64,{TEXT}",
        base64.encodebytes(PICTURE).decode(),
        "\r\n".join(TEXT[start : start + 76] for start in range(0, len(TEXT), 76)) + "\r\n",
    ],
)
def test_images_as_text(text: str) -> None:
    assert decode_image_text(text, max_bytes=len(PICTURE)) == PICTURE


@pytest.mark.parametrize("size", range(1, 8))
def test_the_limit_of_text_is_exact(size: int) -> None:
    text = base64.b64encode(b"x" * size).decode()
    assert decode_image_text(text, max_bytes=size) == b"x" * size
    with pytest.raises(TooLarge, match="more than"):
        decode_image_text(text, max_bytes=size - 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "=",
        "   ",
        "data:",
        "data:image/png;base64",
        "data:image/png;base64,",
        "data:image/png,AAAA",
        "data:;base64,AAAA",
        "data:text/html;base64,AAAA",
        f"data:image/{'x' * 500};base64,AAAA",
        "http://pictures.example/a.png",
        "not base64!",
        "AAAAA",
        "AA=A",
        "AA-_",
        "AA\0A",
        "ÄÖÜ",
        "\udc80",
    ],
)
def test_text_that_is_no_image(text: str) -> None:
    with pytest.raises(InvalidInput, match="An image is"):
        decode_image_text(text, max_bytes=1000)


def test_long_text_is_refused_before_it_is_decoded() -> None:
    for text in ("!" * 10_000, " " * 10_000, "data:image/png;base64," + "!" * 10_000):
        with pytest.raises(TooLarge):
            decode_image_text(text, max_bytes=1000)
