"""What the tests of the OpenAI dialect share."""

from __future__ import annotations

import base64
import io
from typing import Any

import openai
import openai.types
from PIL import Image

from tests.servers import Server


def client_of(server: Server, **options: Any) -> openai.OpenAI:
    given: dict[str, Any] = {"api_key": "none", "max_retries": 0, "timeout": 60} | options
    return openai.OpenAI(base_url=f"{server.url}/v1", **given)


def newest(server: Server) -> dict[str, Any]:
    """The job that was asked for last, as the native dialect shows it."""
    found: dict[str, Any] = server.client.get("/api/v1/jobs?limit=1").json()["jobs"][0]
    return found


def jobs_of(server: Server, prompt: str) -> list[dict[str, Any]]:
    jobs = server.client.get("/api/v1/jobs?limit=1000").json()["jobs"]
    return [job for job in jobs if job["parameters"]["prompt"] == prompt]


def picture(text: str | None) -> Image.Image:
    assert text
    image = Image.open(io.BytesIO(base64.b64decode(text)))
    image.load()
    return image


def png(colour: tuple[int, ...], size: tuple[int, int] = (64, 64)) -> bytes:
    return saved(Image.new("RGB" if len(colour) == 3 else "RGBA", size, colour))


def saved(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def half_transparent(size: tuple[int, int] = (64, 64)) -> bytes:
    """Opaque on the left, transparent, so to be edited, on the right."""
    image = Image.new("RGBA", size, (9, 9, 9, 255))
    image.paste((0, 0, 0, 0), (size[0] // 2, 0, *size))
    return saved(image)
