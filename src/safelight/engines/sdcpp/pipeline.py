"""A model loaded by stable-diffusion.cpp: draws one picture after another."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from PIL import Image

from safelight.domain.errors import Cancelled, InvalidInput
from safelight.domain.events import Phase, Progress
from safelight.domain.models import ModelInfo
from safelight.domain.plans import MemoryMode, Plan
from safelight.domain.request import GenerationRequest, Mode
from safelight.engines.contract import Picture, Pipeline, Sink
from safelight.engines.framing import kept_outside_mask, notes_on
from safelight.engines.sdcpp.arguments import Arguments
from safelight.engines.sdcpp.canvas import Canvas
from safelight.engines.sdcpp.failures import failure
from safelight.engines.sdcpp.families import follows_a_picture
from safelight.engines.sdcpp.library import Keeper, Library, Pixels, Watch
from safelight.engines.sdcpp.options import Companions, DrawOptions
from safelight.engines.sdcpp.refusals import refuse_what_has_no_effect

_ENGINE = "sdcpp"
_PREVIEW_SIDE = 256
_BEGINS, _DECODES = "generating image:", "decoding "
"""What the library logs (`generate_image`, `decode_image_outputs`) when sampling begins and when it has ended."""


_FACELESS = "Turn off PhotoMaker"
"""What it logs (`get_pmid_conditon`) before it draws without the faces, now and ever after."""


class SdcppPipeline(Pipeline):
    """A context of the library. It draws what was begun to the end: a cancel comes between pictures only."""

    def __init__(
        self, library: Library, context: Any, keep: Keeper, model: ModelInfo, plan: Plan, companions: Companions
    ) -> None:
        self._library, self._context, self._keep = library, context, keep
        self._model, self._plan, self._companions = model, plan, companions

    def run(
        self,
        request: GenerationRequest,
        images: Mapping[str, Image.Image],
        sink: Sink,
        cancelled: Callable[[], bool],
    ) -> Iterator[Picture]:
        """See the contract. `batch_size` makes no difference: the library draws a batch one by one, too."""
        options = DrawOptions.model_validate(request.engine_options.get(_ENGINE, {}))
        if options.video:
            raise InvalidInput("Videos can't be drawn yet.", hint="Leave the video options out.")
        refuse_what_has_no_effect(request, self._model, options, self._companions)
        canvas = Canvas.around(request.size, self._model.architecture)
        arguments = Arguments(self._library, self._model, options, tiled=self._plan.memory_mode is not MemoryMode.FULL)
        params = arguments.of(request, images, canvas)
        watcher = _Watcher(request, sink)
        notes = (*notes_on(request), *canvas.note)
        if request.init and follows_a_picture(self._model):
            notes += ("The picture is followed from the first step to the last: its strength makes no difference.",)
        self._library.preview(options.preview if request.previews.every else None)
        for index in range(request.batch.count):
            if cancelled():
                raise Cancelled("The job was cancelled.")
            params.seed = request.sampling.seed + index
            watcher.begin(index)
            with self._library.watched(watcher.watch):
                drawn = self._library.generate(self._context, params)
                if not drawn or any(_FACELESS in line for line in self._library.problems):
                    raise failure(self._library.problems, f"drawing with {self._model.id}")
            pixels = np.ascontiguousarray(canvas.cut(drawn[0]))
            if request.mode is Mode.INPAINT and options.hires is None:
                pixels = kept_outside_mask(pixels, request, images)
            yield Picture(pixels, index, params.seed, notes)

    def close(self) -> None:
        """Free the context."""
        if self._context:
            self._library.api.free_sd_ctx(self._context)
            self._context = None


class _Watcher:
    """The library's log lines, progress and previews of one picture, told as phases.

    Its progress callback also counts tensors being read and tiles being decoded; only what comes between the log's
    announcements of sampling and decoding are steps.
    """

    def __init__(self, request: GenerationRequest, sink: Sink) -> None:
        self._request, self._sink = request, sink
        self._index, self._phase = 0, Phase.ENCODING
        self._since, self._steps = 0.0, request.sampling.steps
        self.watch = Watch(step=self._on_step, preview=self._on_preview, line=self._on_line)

    def begin(self, index: int) -> None:
        """Another picture."""
        self._index, self._steps = index, self._request.sampling.steps
        self._enter(Phase.ENCODING)

    def _enter(self, phase: Phase) -> None:
        self._phase, self._since = phase, time.monotonic()
        if phase is not Phase.DENOISING:  # then the steps to do are only known with the first one
            self._report(0 if phase is Phase.ENCODING else self._steps, None)

    def _on_line(self, line: str) -> None:
        if _BEGINS in line:
            self._enter(Phase.DENOISING)
        elif self._phase is Phase.DENOISING and _DECODES in line:
            self._enter(Phase.DECODING)

    def _on_step(self, step: int, steps: int) -> None:
        if self._phase is not Phase.DENOISING:
            return
        now = time.monotonic()
        self._steps = steps
        self._report(step, now - self._since if step else None)
        self._since = now

    def _on_preview(self, step: int, pixels: Pixels) -> None:
        every = self._request.previews.every
        if every and step > 0 and step % every == 0 and step < self._steps:
            times = max(1, _PREVIEW_SIDE // max(pixels.shape[:2]))
            self._sink.preview(self._index, pixels.repeat(times, axis=0).repeat(times, axis=1))

    def _report(self, step: int, seconds: float | None) -> None:
        self._sink.progress(
            Progress(
                phase=self._phase,
                picture=self._index,
                count=self._request.batch.count,
                step=step,
                steps=self._steps,
                seconds=seconds,
            )
        )
