"""The in-process Python API: `load` a model, `generate` pictures. The drawing happens in a worker process."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from PIL import Image

from safelight.catalog.catalog import open_catalog
from safelight.domain.draft import draft_of, resolve
from safelight.domain.errors import InvalidInput
from safelight.domain.events import Artifact, Progress
from safelight.domain.models import ModelInfo
from safelight.domain.plans import Plan
from safelight.domain.request import ImageRef
from safelight.engines.options import check_draw_options
from safelight.engines.spec import engine_for
from safelight.images.decode import image_size
from safelight.images.inputs import ImageInput, keep_picture
from safelight.images.result import Result
from safelight.settings import Settings, load_settings
from safelight.workers.pool import WorkerPool
from safelight.workers.process import Listener

T = TypeVar("T")


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
        start, painted = keep_picture(init_image, files), keep_picture(mask, files)
        draft = draft_of(prompt, init_image=start, mask=painted, **options)
        spec = engine_for(self.model, self._settings.engine)
        check_draw_options(draft.engine_options, self._settings)
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
        return Result.of(request, drawn.values())

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
    info = open_catalog(chosen).resolve(str(model))
    engine_for(info, chosen.engine)
    return LocalEngine(info, chosen)
