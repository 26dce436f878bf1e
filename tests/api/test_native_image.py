"""Pictures edited by the server: what comes back is looked at, pixel by pixel where that says something."""

from __future__ import annotations

import base64
import io
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.servers import Server, running_server

RED, BLUE = (255, 0, 0), (0, 0, 255)


def halves(width: int = 40, height: int = 20, kind: str = "PNG") -> str:
    """A picture that is red on the left and blue on the right, in base64."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return encoded(image, kind)


def encoded(image: Image.Image, kind: str = "PNG") -> str:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return base64.b64encode(buffer.getvalue()).decode()


def opened(answer: Any) -> Image.Image:
    """The picture in an answer, which says the truth about it."""
    assert answer.status_code == 200, answer.text
    body = answer.json()
    data = base64.b64decode(body["image"])
    image = Image.open(io.BytesIO(data))
    assert (image.width, image.height, len(data)) == (body["width"], body["height"], body["bytes"])
    assert (image.format or "").lower() == body["format"]
    return image


@pytest.mark.parametrize(
    ("asked", "size"),
    [
        ({"width": 10, "height": 30}, (10, 30)),
        ({"width": 20}, (20, 10)),
        ({"height": 40}, (80, 40)),
        ({"width": 10, "height": 30, "fit": "inside"}, (10, 5)),
        ({"width": 10, "height": 30, "fit": "fill"}, (10, 30)),
    ],
)
def test_resize(server: Server, asked: dict[str, Any], size: tuple[int, int]) -> None:
    image = opened(server.client.post("/api/v1/image/resize", json={"image": halves()} | asked))
    assert image.size == size
    assert image.getpixel((0, 0)) == RED
    assert image.getpixel((image.width - 1, 0)) == BLUE


def test_a_resized_picture_can_be_drawn_from(server: Server) -> None:
    small = server.client.post("/api/image/resize", json={"image": halves(), "width": 128, "height": 64}).json()
    drawn = server.draw(init_image=small["image"], strength=0.5, width=None, height=None)
    assert (drawn["parameters"]["width"], drawn["parameters"]["height"]) == (128, 64)


def test_crop(server: Server) -> None:
    body = {"image": halves(), "x": 15, "y": 5, "width": 10, "height": 10}
    image = opened(server.client.post("/api/v1/image/crop", json=body))
    assert image.size == (10, 10)
    assert [image.getpixel((x, 0)) for x in (0, 4, 5, 9)] == [RED, RED, BLUE, BLUE]


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_the_format_is_the_one_asked_for(server: Server, kind: str) -> None:
    body = {"image": "data:image/png;base64," + halves(), "width": 8, "format": kind, "quality": 80}
    assert (opened(server.client.post("/api/v1/image/resize", json=body)).format or "").lower() == kind


def test_transparency_becomes_white_where_the_format_has_none(server: Server) -> None:
    body = {"image": encoded(Image.new("RGBA", (16, 16), (0, 0, 0, 0))), "width": 16, "format": "jpeg"}
    assert opened(server.client.post("/api/v1/image/resize", json=body)).getpixel((8, 8)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("resize", {"image": halves()}, "Neither width nor height"),
        ("resize", {"image": halves(), "width": 0}, "width"),
        ("resize", {"image": halves(), "width": 65535, "height": 65535}, "too large"),
        ("resize", {"image": halves(2, 2), "width": 20_000, "height": 2, "format": "webp"}, "PNG can"),
        ("resize", {"image": "%%%", "width": 8}, "base64"),
        ("resize", {"image": base64.b64encode(b"no picture").decode(), "width": 8}, "not an image"),
        ("resize", {"width": 8}, "image is missing"),
        ("resize", {"image": halves(), "width": 8, "hight": 8}, "hight"),
        ("crop", {"image": halves(), "x": 35, "width": 10, "height": 10}, "reaches out"),
        ("crop", {"image": halves(), "x": -1, "width": 10, "height": 10}, "x"),
    ],
)
def test_what_is_wrong_is_said(server: Server, path: str, body: dict[str, Any], says: str) -> None:
    answer = server.client.post(f"/api/v1/image/{path}", json=body)
    assert answer.status_code == 422
    assert says in f"{answer.json()['detail']} {answer.json().get('hint')}"


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with small limits that fetches images."""
    settings = {"max_image_pixels": 10_000, "max_image_bytes": 20_000, "fetch_image_urls": True}
    with running_server(tmp_path_factory.mktemp("strict"), **settings) as running:
        yield running


def test_limits_hold_before_anything_is_decoded(strict: Server) -> None:
    bomb = {"image": halves(5000, 5000), "width": 8}  # compresses well: few bytes, many pixels
    answer = strict.client.post("/api/v1/image/resize", json=bomb)
    assert answer.status_code == 413 or "pixels" in answer.json()["detail"]
    many = {"image": "A" * 40_000, "width": 8}
    assert strict.client.post("/api/v1/image/resize", json=many).status_code == 413
    assert opened(strict.client.post("/api/v1/image/resize", json={"image": halves(), "width": 8})).width == 8


def test_urls_are_not_fetched_by_default(server: Server) -> None:
    answer = server.client.get("/api/v1/image/download", params={"url": "https://example.com/a.png"})
    assert answer.status_code == 422
    assert "does not fetch" in answer.json()["detail"]
    assert server.client.get("/api/v1/image/download").status_code == 422


def test_private_addresses_are_never_fetched(strict: Server, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/a.png"
        answer = strict.client.get("/api/v1/image/download", params={"url": url})
        assert answer.status_code == 422, answer.text
        with pytest.raises(BlockingIOError):
            listening.accept()
