"""What a finished drawing is for programs: the same in process and from a server."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from PIL import Image

from safelight.domain.events import Artifact
from safelight.domain.request import GenerationRequest


@dataclass(frozen=True)
class Result:
    """Finished pictures, in order, with what describes each.

    `files` are the encoded pictures as they would be written to disk, infotext included. `job` is the server's name
    for the work; None in process.
    """

    images: list[Image.Image]
    metadata: list[Artifact]
    files: list[bytes]
    request: GenerationRequest
    job: str | None = None

    @classmethod
    def of(cls, request: GenerationRequest, drawn: Iterable[tuple[Artifact, bytes]], job: str | None = None) -> Self:
        """The same from encoded pictures, in any order."""
        ordered = sorted(drawn, key=lambda picture: picture[0].index)
        return cls(
            images=open_pictures(data for _, data in ordered),
            metadata=[artifact for artifact, _ in ordered],
            files=[data for _, data in ordered],
            request=request,
            job=job,
        )


def open_pictures(files: Iterable[bytes]) -> list[Image.Image]:
    """The pictures in encoded files."""
    return [Image.open(io.BytesIO(data)) for data in files]
