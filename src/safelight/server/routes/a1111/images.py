"""A1111's calls on single pictures: extras, png-info, interrogate."""

from __future__ import annotations

import base64
from typing import Any

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from safelight.domain.errors import InvalidInput, NotFound
from safelight.domain.values import Value
from safelight.images.decode import decode
from safelight.images.encode import read_infotext
from safelight.images.fetch import decode_image_text
from safelight.server.access import Drawer, Jobs, Reader
from safelight.server.lanes import InLanes
from safelight.server.orders import refuse_unbuilt
from safelight.server.routes.a1111.errors import answers
from safelight.server.routes.a1111.infotexts import parse_infotext
from safelight.server.routes.a1111.replies import EscapedJSON
from safelight.server.routes.a1111.resizing import ExtrasBody, resized
from safelight.settings import Settings

router = APIRouter(prefix="/sdapi/v1", tags=["a1111"])

_IMAGES_AT_ONCE = 100


class SingleBody(ExtrasBody):
    """A picture to resize: base64 or a data URL."""

    image: str


class NamedImage(Value):
    """A picture of a batch."""

    model_config = ConfigDict(extra="allow")

    data: str
    name: str | None = None


class BatchBody(ExtrasBody):
    """Pictures to resize, all in one way."""

    imageList: list[NamedImage] = Field(max_length=_IMAGES_AT_ONCE)


class SingleReply(Value):
    """The picture, PNG in base64."""

    html_info: str = ""
    image: str


class BatchReply(Value):
    """The pictures in the order they came in, PNG in base64."""

    html_info: str = ""
    images: list[str]


class ImageBody(Value):
    """A picture to look at."""

    model_config = ConfigDict(extra="allow")

    image: str


class InfoReply(Value):
    """What a picture was made with: as text, as found in the file, and taken apart."""

    info: str
    items: dict[str, str]
    parameters: dict[str, str]


class InterrogateBody(ImageBody):
    """A picture to describe."""

    model: str | None = "clip"


@router.post("/extra-single-image", summary="A1111: resize a picture", responses=answers(413, 422, 501))
async def extra_single_image(body: SingleBody, jobs: Jobs, lanes: InLanes, caller: Drawer) -> SingleReply:
    """By plain resizing, with one of the upscalers that are listed."""
    return SingleReply(image=await lanes.pictures.run(_resized, body.image, "The image", body, jobs.settings))


@router.post("/extra-batch-images", summary="A1111: resize pictures", responses=answers(413, 422, 501))
async def extra_batch_images(body: BatchBody, jobs: Jobs, lanes: InLanes, caller: Drawer) -> BatchReply:
    """The same for many."""
    images = []
    for number, image in enumerate(body.imageList, 1):
        name = f"Image {number}"
        images.append(await lanes.pictures.run(_resized, image.data, name, body, jobs.settings))
    return BatchReply(images=images)


@router.post(
    "/png-info", summary="A1111: what a picture was made with", response_model=InfoReply, responses=answers(413, 422)
)
async def png_info(body: ImageBody, jobs: Jobs, lanes: InLanes, caller: Reader) -> EscapedJSON:
    """Read the infotext out of a PNG, JPEG or WebP that A1111 or Safelight wrote; empty when there is none."""
    text = await lanes.pictures.run(_infotext, body.image, jobs.settings)
    found = InfoReply(
        info=text, items={"parameters": text} if text else {}, parameters=parse_infotext(text) if text else {}
    )
    return EscapedJSON(found.model_dump())


@router.post("/interrogate", summary="Not built yet", responses=answers(422, 501))
async def interrogate(body: InterrogateBody, caller: Drawer) -> dict[str, Any]:
    """Answers 501: describing pictures is not offered yet."""
    raise refuse_unbuilt("Describing pictures")


@router.get("/interrogate", include_in_schema=False)
async def no_interrogate(caller: Reader) -> None:
    """404, not 405: clients ask in this way whether pictures can be described."""
    raise NotFound("Describing pictures is not built yet.")


def _resized(text: str, name: str, body: ExtrasBody, settings: Settings) -> str:
    data = decode_image_text(text, max_bytes=settings.max_image_bytes)
    return base64.b64encode(resized(data, name, body, settings)).decode()


def _infotext(text: str, settings: Settings) -> str:
    if not text.strip():
        return ""
    data = decode_image_text(text, max_bytes=settings.max_image_bytes)
    decode(data, name="The image", max_bytes=settings.max_image_bytes, max_pixels=settings.max_image_pixels)
    try:
        return read_infotext(data) or ""
    except (OSError, ValueError, SyntaxError) as error:
        raise InvalidInput(f"The image's metadata is damaged: {error}.") from error
