"""stable-diffusion.cpp through ctypes: its low-level functions, its callbacks, and what its log says went wrong.

Of `stable-diffusion-cpp-python` only the module of ctypes declarations is used: its high-level class breaks on
embeddings, and hides a failed load behind `NULL pointer access`. Structures are filled in by the library's own
`…_init` functions, which the package does not declare. Log, progress and preview callbacks are global in the library:
there is one `Library` in a process.
"""

from __future__ import annotations

import ctypes
import importlib
import logging
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

log = logging.getLogger("stable-diffusion.cpp")

Pixels = NDArray[np.uint8]
_LEVELS = (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR)
_KEPT_LINES = 50
_STRUCTURES = ("sd_ctx_params", "sd_img_gen_params", "sd_vid_gen_params")


@dataclass
class Watch:
    """Who is told while the library works: of steps done and their number, of rough pictures, of its log lines."""

    step: Callable[[int, int], None] = lambda step, steps: None
    preview: Callable[[int, Pixels], None] = lambda step, pixels: None
    line: Callable[[str], None] = lambda text: None


class Library:
    """The shared library, with its callbacks set. Make one per process."""

    def __init__(self) -> None:
        # An abort would have gdb write a backtrace of this process, if there is one: seconds, and prompts in the log.
        os.environ.setdefault("GGML_NO_BACKTRACE", "1")
        self.api: Any = importlib.import_module("stable_diffusion_cpp.stable_diffusion_cpp")
        self.shared: Any = self.api._lib
        self._watch = Watch()
        self._problems: deque[str] = deque(maxlen=_KEPT_LINES)
        # The library keeps the addresses only: the callbacks must outlive it.
        self._callbacks = (
            self.api.sd_log_callback(self._on_log),
            self.api.sd_progress_callback(self._on_progress),
            self.api.sd_preview_callback(self._on_preview),
        )
        self.api.sd_set_log_callback(self._callbacks[0], None)
        self.api.sd_set_progress_callback(self._callbacks[1], None)
        for name in _STRUCTURES:
            initialise = getattr(self.shared, f"{name}_init")
            initialise.argtypes, initialise.restype = [ctypes.POINTER(getattr(self.api, f"{name}_t"))], None

    @property
    def version(self) -> str:
        """Of the Python package, which carries the sources, and of these where the build noted it."""
        said = (self.api.sd_version().decode(), self.api.sd_commit().decode())
        own = " ".join(part for part in said if part and part != "unknown")
        packaged = f"(Python package {version('stable-diffusion-cpp-python')})"
        return f"{own} {packaged}" if own else packaged

    def defaults(self, name: str) -> Any:
        """A structure (`sd_ctx_params`, `sd_img_gen_params`, …) as the library initialises it."""
        structure = getattr(self.api, f"{name}_t")()
        getattr(self.shared, f"{name}_init")(ctypes.byref(structure))
        return structure

    @contextmanager
    def watched(self, watch: Watch) -> Iterator[None]:
        """Tell `watch` of what happens in the block, and forget the problems of what went before."""
        self._problems.clear()
        self._watch = watch
        try:
            yield
        finally:
            self._watch = Watch()

    @property
    def problems(self) -> tuple[str, ...]:
        """Warnings and errors logged since `watched` began, oldest first."""
        return tuple(self._problems)

    def preview(self, mode: str | None) -> None:
        """Ask for a rough picture of every step (`proj`, `tae` or `vae`), or for none."""
        kind = getattr(self.api.Preview, f"PREVIEW_{(mode or 'none').upper()}")
        callback = self._callbacks[2] if mode else None
        self.api.sd_set_preview_callback(callback, kind, 1, True, False, None)

    def generate(self, context: Any, params: Any) -> list[Pixels]:
        """Draw `params.batch_count` pictures; empty when the library failed (see `problems`)."""
        results = self.api.generate_image(context, ctypes.byref(params))
        if not results:
            return []
        pictures = []
        for index in range(params.batch_count):
            if results[index].data:
                pictures.append(pixels_of(results[index]))
                _free(results[index].data)
        _free(results)
        return pictures

    def _on_log(self, level: int, text: bytes, data: Any) -> None:
        line = text.decode(errors="replace").strip()
        severity = _LEVELS[min(max(level, 0), len(_LEVELS) - 1)]
        if severity >= logging.WARNING:
            self._problems.append(line)
        if severity > logging.DEBUG:  # debug lines hold the prompt
            log.log(severity, "%s", line)
        self._watch.line(line)

    def _on_progress(self, step: int, steps: int, seconds: float, data: Any) -> None:
        self._watch.step(step, steps)

    def _on_preview(self, step: int, count: int, frames: Any, noisy: bool, data: Any) -> None:
        if count and frames[0].data:
            self._watch.preview(step, pixels_of(frames[0]))


class Keeper:
    """Keeps alive what structures point to: the library copies strings and pixels only when it is called."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._kept: list[Any] = []

    def image(self, pixels: Pixels | None) -> Any:
        """An `sd_image_t` of pixels [height, width] or [height, width, channels]; None is the empty picture."""
        if pixels is None:
            return self._library.api.sd_image_t(0, 0, 0, None)
        whole = np.ascontiguousarray(pixels, dtype=np.uint8)
        self._kept.append(whole)
        height, width = whole.shape[:2]
        channels = 1 if whole.ndim == 2 else whole.shape[2]  # noqa: PLR2004 - a matrix has one channel
        data = whole.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
        return self._library.api.sd_image_t(width, height, channels, data)

    def array(self, kind: Any, items: Sequence[Any]) -> Any:
        """A C array of `items`; None when there are none."""
        if not items:
            return None
        made = (kind * len(items))(*items)
        self._kept.append(made)
        return ctypes.cast(made, ctypes.POINTER(kind))

    def text(self, value: object | None) -> bytes | None:
        """A C string; None stays None."""
        if value is None:
            return None
        encoded = str(value).encode()
        self._kept.append(encoded)
        return encoded


def pixels_of(image: Any) -> Pixels:
    """Copy an `sd_image_t` out: [height, width, 3]."""
    flat = np.ctypeslib.as_array(image.data, shape=(image.height, image.width, image.channel)).copy()
    return flat if image.channel != 1 else np.repeat(flat, 3, axis=2)


def _free(pointer: Any) -> None:
    """Give memory back that the library has from malloc."""
    runtime: Any = ctypes.cdll.ucrtbase if sys.platform == "win32" else ctypes.CDLL(None)
    runtime.free.argtypes, runtime.free.restype = [ctypes.c_void_p], None
    runtime.free(ctypes.cast(pointer, ctypes.c_void_p))
