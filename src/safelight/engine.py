"""The in-process Python API: `load` a model, `generate` pictures. The drawing happens in a worker process."""

from __future__ import annotations

import asyncio
import hashlib
import io
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from PIL import Image
from pydantic import ValidationError

from safelight.catalog.catalog import Catalog
from safelight.domain.draft import GenerationDraft, resolve
from safelight.domain.errors import InvalidInput
from safelight.domain.events import Artifact, Progress
from safelight.domain.models import ModelInfo
from safelight.domain.plans import Plan
from safelight.domain.request import GenerationRequest, ImageRef
from safelight.engines.spec import engine_for
from safelight.images.decode import image_size
from safelight.settings import Settings, embedded_models, load_settings
from safelight.workers.pool import WorkerPool
from safelight.workers.process import Listener

T = TypeVar("T")
_PNG_MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
ImageInput = Image.Image | bytes | str | Path
"""A picture to start from: a PIL image, the bytes of an image file, or its path."""


@dataclass(frozen=True)
class Result:
    """Finished pictures, in order, with what describes each.

    `files` are the encoded pictures as they would be written to disk, infotext included.
    """

    images: list[Image.Image]
    metadata: list[Artifact]
    files: list[bytes]
    request: GenerationRequest


class LocalEngine:
    """A loaded model. Close it, or use it in a `with` block, to end its worker."""

    def __init__(self, model: ModelInfo, settings: Settings) -> None:
        self.model = model
        self._settings = settings
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="safelight", daemon=True)
        self._thread.start()
        self._pool = WorkerPool(settings)

    def load(self) -> Plan:
        """Load the model now rather than at the first picture; return how it is run."""
        return self._wait(self._pool.load(self.model))

    def generate(
        self,
        prompt: str,
        *,
        init_image: ImageInput | None = None,
        mask: ImageInput | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        on_preview: Callable[[int, Image.Image], None] | None = None,
        **options: Any,
    ) -> Result:
        """Draw and wait.

        Args:
            prompt: What to draw, in A1111 prompt syntax.
            init_image: Picture to start from.
            mask: White where the picture is to be repainted; of the picture's size.
            on_progress: Called from another thread with each `Progress`.
            on_preview: Likewise with a picture's index and a rough picture, every `preview_every` steps.
            options: Fields of `GenerationDraft`: width, height, steps, cfg_scale, sampler, scheduler, seed, count, …

        Raises:
            InvalidInput: Something asked for is not possible; the message says what is.
            SafelightError: It failed.
        """
        files: dict[str, bytes] = {}
        try:
            draft = GenerationDraft(
                prompt=prompt, init_image=_keep(init_image, files), mask=_keep(mask, files), **options
            )
        except ValidationError as error:
            problem = error.errors()[0]
            raise InvalidInput(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}.") from error
        spec = engine_for(self.model)
        request = resolve(
            draft,
            self.model,
            spec.samplers_for(self.model),
            init_size=self._size_of(draft.init_image, files),
            mask_size=self._size_of(draft.mask, files),
        )
        drawn: dict[int, tuple[Artifact, bytes]] = {}
        listener = Listener(
            progress=on_progress or (lambda progress: None),
            preview=lambda index, jpeg: on_preview(index, Image.open(io.BytesIO(jpeg))) if on_preview else None,
            picture=lambda artifact, data: drawn.update({artifact.index: (artifact, data)}),
        )
        self._wait(self._pool.run(request, self.model, files, listener))
        finished = [drawn[index] for index in sorted(drawn)]
        return Result(
            images=[Image.open(io.BytesIO(data)) for _, data in finished],
            metadata=[artifact for artifact, _ in finished],
            files=[data for _, data in finished],
            request=request,
        )

    def close(self) -> None:
        """End the worker. Nothing can be drawn afterwards."""
        if self._loop.is_running():
            self._wait(self._pool.close())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _size_of(self, picture: ImageRef | None, files: dict[str, bytes]) -> tuple[int, int] | None:
        if picture is None:
            return None
        limits = {"max_bytes": self._settings.max_image_bytes, "max_pixels": self._settings.max_image_pixels}
        return image_size(files[picture.sha256], name="The image", **limits)

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        if not self._loop.is_running():
            work.close()
            raise InvalidInput("This engine was closed.", hint="Load the model again.")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except KeyboardInterrupt:
            future.cancel()
            raise


def load(model: str | Path = "doodle", **settings: Any) -> LocalEngine:
    """Make a model ready to draw.

    Args:
        model: A name from the catalog, or the path of a checkpoint file or diffusers folder.
        settings: Fields of `Settings` that differ from the user's: device, dtype, memory_mode, …

    Raises:
        NotFound: There is no such model; the nearest names are given.
        UnsupportedModel: No engine here can run it.
    """
    chosen = load_settings(**settings)
    info = Catalog(chosen.models_dir, embedded_models()).resolve(str(model))
    engine_for(info)
    return LocalEngine(info, chosen)


def _keep(image: ImageInput | None, files: dict[str, bytes]) -> ImageRef | None:
    """Put a picture among the files that travel with the request; return its name."""
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
