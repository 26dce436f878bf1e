"""What an engine does, worker side. Every engine passes the same test-suite (`tests/contract`)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from safelight.domain.conversion import Conversion
from safelight.domain.errors import InvalidInput
from safelight.domain.events import Progress
from safelight.domain.models import ModelInfo
from safelight.domain.plans import Device, DType, Plan, Toolkit
from safelight.domain.request import GenerationRequest


@dataclass(frozen=True)
class Picture:
    """A finished picture: `pixels` uint8 [height, width, 3], its place in the request, the seed that draws it alone.

    `details` are what its metadata say beyond the request: names as they are written there, and values.
    """

    pixels: NDArray[np.uint8]
    index: int
    seed: int
    notes: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)


class Sink(Protocol):
    """Where a pipeline reports to while it runs."""

    def progress(self, progress: Progress) -> None:
        """How far it is; at least once a denoising step."""

    def preview(self, picture: int, pixels: NDArray[np.uint8]) -> None:
        """A rough picture, uint8 [height, width, 3], usually smaller than the result."""


class Pipeline(ABC):
    """A loaded model."""

    @abstractmethod
    def run(
        self,
        request: GenerationRequest,
        images: Mapping[str, Image.Image],
        sink: Sink,
        cancelled: Callable[[], bool],
    ) -> Iterator[Picture]:
        """Draw the pictures of `request` one after another, each given out as soon as it is finished.

        Args:
            request: What to draw.
            images: SHA-256 → decoded picture, for every `ImageRef` in the request.
            sink: Told of progress and previews.
            cancelled: Polled at every denoising step, where the engine's spec says that it can be cancelled.

        Raises:
            Cancelled: `cancelled` said so.
            InvalidInput: The request does not fit this model.
            OutOfMemory: Memory ran out.
            EngineFailure: Anything else; the engine's own exception is chained.
        """

    @abstractmethod
    def close(self) -> None:
        """Free the model's memory. The pipeline can't be used afterwards."""


class Engine(ABC):
    """Loads models. Made once per worker, without arguments."""

    version: str
    """Name and version of the library that computes, as it is written into pictures."""

    @abstractmethod
    def devices(self) -> list[Device]:
        """Devices it can use here, fastest first; never empty."""

    @abstractmethod
    def load(self, model: ModelInfo, plan: Plan, sink: Sink) -> Pipeline:
        """Load `model` as `plan` says.

        Raises:
            UnsupportedModel: The file does not hold what `model` says, or this engine can't run it.
            CorruptFile: The file is damaged.
            OutOfMemory: It does not fit.
        """

    def configure(self, options: Mapping[str, Any]) -> None:
        """Take the load options of this engine's spec, as they were set, for every `load` that follows."""
        if options:
            raise InvalidInput(f"{self.version} has no options to set for loading.")

    def toolkits(self) -> Sequence[Toolkit]:
        """What may compute in place of its own library, as it is configured, for people to read."""
        return ()

    def matrix_products(self, device: Device) -> Mapping[DType, float]:
        """Operations a second of a large matrix product, by each number type of a device: the most it can do.

        Empty where the engine's library has no such call.
        """
        return {}

    def convert(self, order: Conversion, sink: Sink) -> None:
        """Write a model file in another number type.

        Raises:
            InvalidInput: This engine can't do that.
            CorruptFile: The source is damaged.
            OutOfMemory: It does not fit.
            EngineFailure: Anything else.
        """
        raise InvalidInput(f"{self.version} can't convert models.")
