"""Native dialect: pictures resized, cropped and fetched for clients that can't do it themselves."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query
from PIL import Image as Pillow
from pydantic import Field

from safelight.domain.request import OutputFormat
from safelight.domain.values import Value
from safelight.images import edit
from safelight.images.decode import decode, image_size
from safelight.images.fetch import decode_image_text, fetch_image
from safelight.server.access import Drawer, Jobs
from safelight.server.lanes import InLanes
from safelight.server.orders import Image
from safelight.settings import Settings

router = APIRouter(prefix="/image", tags=["image"])

Side = Annotated[int, Field(ge=1, le=65_535)]


class ImageBody(Value):
    """A picture, and the format of the answer. URLs are for `/image/download`."""

    image: Image = Field(min_length=1)
    format: OutputFormat = OutputFormat.PNG
    quality: int = Field(default=92, ge=1, le=100)


class ResizeBody(ImageBody):
    """A picture and the size it should have; with one side given, the other keeps its shape."""

    width: Side | None = None
    height: Side | None = None
    fit: edit.Fit = Field(default=edit.Fit.STRETCH, description="Where the shape changes: distort, fit inside, or cut.")


class CropBody(ImageBody):
    """A picture and the part of it that is wanted."""

    x: int = Field(default=0, ge=0, le=2**31)
    y: int = Field(default=0, ge=0, le=2**31)
    width: Side
    height: Side


class ImageView(Value):
    """A picture's file in base64."""

    image: str
    format: str
    width: int
    height: int
    bytes: int


@router.post("/resize", summary="Resize a picture")
async def resize(body: ResizeBody, jobs: Jobs, lanes: InLanes, caller: Drawer) -> ImageView:
    """The picture in another size."""
    limit = jobs.settings.max_image_pixels

    def change(image: Pillow.Image) -> Pillow.Image:
        return edit.resize(image, body.width, body.height, body.fit, max_pixels=limit)

    return await lanes.pictures.run(_edited, body, jobs.settings, change)


@router.post("/crop", summary="Crop a picture")
async def crop(body: CropBody, jobs: Jobs, lanes: InLanes, caller: Drawer) -> ImageView:
    """A part of the picture, which must lie inside of it."""
    return await lanes.pictures.run(
        _edited, body, jobs.settings, lambda image: edit.crop(image, body.x, body.y, body.width, body.height)
    )


@router.get("/download", summary="Fetch a picture by its URL")
async def download(
    jobs: Jobs, lanes: InLanes, caller: Drawer, url: Annotated[str, Query(min_length=1, max_length=4000)]
) -> ImageView:
    """The file as it is, in base64. Refused unless the server fetches images, and then from public addresses only."""
    settings = jobs.settings
    data = await fetch_image(url, max_bytes=settings.max_image_bytes, allow=settings.fetch_image_urls)
    return await lanes.pictures.run(_shown, data, settings)


def _edited(body: ImageBody, settings: Settings, change: Callable[[Pillow.Image], Pillow.Image]) -> ImageView:
    data = decode_image_text(body.image, max_bytes=settings.max_image_bytes)
    image = decode(data, name="The image", max_bytes=settings.max_image_bytes, max_pixels=settings.max_image_pixels)
    return _view(change(image), body)


def _view(image: Pillow.Image, body: ImageBody) -> ImageView:
    file = edit.file_of(image, body.format, body.quality)
    return ImageView(
        image=base64.b64encode(file).decode(),
        format=body.format.value,
        width=image.width,
        height=image.height,
        bytes=len(file),
    )


def _shown(data: bytes, settings: Settings) -> ImageView:
    width, height = image_size(
        data, name="The image", max_bytes=settings.max_image_bytes, max_pixels=settings.max_image_pixels
    )
    with Pillow.open(io.BytesIO(data)) as image:
        kind = (image.format or "").lower()
    return ImageView(image=base64.b64encode(data).decode(), format=kind, width=width, height=height, bytes=len(data))
