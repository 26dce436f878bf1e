"""Pictures that programs hand over, as the bytes that travel with a request."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

from PIL import Image

from safelight.domain.errors import InvalidInput
from safelight.domain.request import ImageRef

ImageInput = Image.Image | bytes | str | Path
"""A picture to start from: a PIL image, the bytes of an image file, or its path."""

_PNG_MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")


def keep_picture(image: ImageInput | None, files: dict[str, bytes]) -> ImageRef | None:
    """Put a picture among the files that travel with a request; return its name there.

    Raises:
        InvalidInput: Its file can't be read.
    """
    if image is None:
        return None
    if isinstance(image, Image.Image):
        buffer = io.BytesIO()
        if image.mode not in _PNG_MODES:
            image = image.convert("RGB")
        image.save(buffer, "PNG")
        data = buffer.getvalue()
    elif isinstance(image, bytes):
        data = image
    else:
        try:
            data = Path(image).read_bytes()
        except OSError as error:
            raise InvalidInput(f"{image} could not be read: {error.strerror}.") from error
    sha256 = hashlib.sha256(data).hexdigest()
    files[sha256] = data
    return ImageRef(sha256=sha256)
