"""Loads models for stable-diffusion.cpp, and converts files with it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from safelight.domain.conversion import Conversion
from safelight.domain.events import Phase, Progress
from safelight.domain.models import ModelInfo
from safelight.domain.plans import Device, Plan
from safelight.engines.contract import Engine, Sink
from safelight.engines.sdcpp.backends import Backends
from safelight.engines.sdcpp.converting import convert
from safelight.engines.sdcpp.failures import failure
from safelight.engines.sdcpp.library import Keeper, Library, Watch
from safelight.engines.sdcpp.loading import context_params
from safelight.engines.sdcpp.options import LoadOptions
from safelight.engines.sdcpp.pipeline import SdcppPipeline


class SdcppEngine(Engine):
    """See the contract. Aborts and failed assertions of the library end the process: that is what workers are for."""

    def __init__(self) -> None:
        self._library = Library()
        self._backends = Backends(self._library)
        self._options = LoadOptions()
        self.version = f"stable-diffusion.cpp {self._library.version}"

    def devices(self) -> list[Device]:
        """See the contract."""
        return self._backends.devices()

    def configure(self, options: Mapping[str, Any]) -> None:
        """See the contract."""
        self._options = LoadOptions.model_validate(options)

    def load(self, model: ModelInfo, plan: Plan, sink: Sink) -> SdcppPipeline:
        """See the contract. Weights are read through a memory map: loading again finds them in the page cache."""
        started = time.monotonic()
        sink.progress(Progress(phase=Phase.LOADING))
        self._backends.choose(plan.device)
        keep = Keeper(self._library)
        params = context_params(self._library, keep, model, plan, self._options)
        with self._library.watched(Watch()):
            context = self._library.api.new_sd_ctx(params)
            if not context:
                raise failure(self._library.problems, f"loading {model.id}", loading=True)
        sink.progress(Progress(phase=Phase.LOADING, step=1, steps=1, seconds=time.monotonic() - started))
        return SdcppPipeline(self._library, context, keep, model, plan, self._options.companions)

    def convert(self, order: Conversion, sink: Sink) -> None:
        """See the contract."""
        convert(self._library, order, sink)
