"""What clients ask for, and how it becomes a complete request."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from safelight.catalog.index import ModelIndex
from safelight.domain.draft import GenerationDraft, resolve
from safelight.domain.errors import Conflict, InvalidInput, NotFound
from safelight.domain.jobs import Disconnect, Job
from safelight.domain.request import GenerationRequest, ImageRef, Previews, pictures_in
from safelight.engines.options import check_draw_options
from safelight.engines.spec import engine_for
from safelight.images.decode import image_size
from safelight.settings import Settings


@dataclass(frozen=True)
class Order:
    """An order as a dialect hands it over.

    Attributes:
        draft: What to draw; holes are filled from the model's defaults.
        model: Its name; None takes the server's default model.
        files: SHA-256 → bytes of every picture that the draft names.
        priority: Higher first, -100 to 100.
        key: The client's idempotency key: a second order of the same owner under it is the first one again.
        fingerprint: SHA-256 of the request as sent, where the dialect's clients repeat requests without a key.
        disconnect: What happens when the client that waits goes away.
        shrink: Whether, as a last resort against want of memory, a smaller picture is better than none.
    """

    draft: GenerationDraft
    model: str | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    priority: int = 0
    key: str | None = None
    fingerprint: str | None = None
    disconnect: Disconnect = Disconnect.KEEP
    shrink: bool = False


async def complete(order: Order, models: ModelIndex, settings: Settings) -> GenerationRequest:
    """Resolve the model and the seed, fill the holes, check the pictures.

    Raises:
        NotFound: There is no such model.
        InvalidInput: Something asked for is not possible; the message says what is.
    """
    model = await models.resolve(order.model or settings.model)
    samplers = engine_for(model, settings.engine).samplers_for(model)
    draft = order.draft
    if unsent := pictures_in(draft.engine_options) - order.files.keys():
        raise InvalidInput(f"{len(unsent)} of the pictures in engine_options were named and not sent.")
    request = resolve(
        draft,
        model,
        samplers,
        init_size=await _size(draft.init_image, "The image", order, settings),
        mask_size=await _size(draft.mask, "The mask", order, settings),
    )
    if request.engine_options:
        await asyncio.to_thread(check_draw_options, request.engine_options, settings, request.size)
    return request


async def check_repeated(order: Order, known: Job, models: ModelIndex, settings: Settings) -> None:
    """Check that an order under the idempotency key of a known job asks for that job's pictures.

    An order without a seed asks for whatever seed the job drew.

    Raises:
        Conflict: It asks for other ones.
        InvalidInput: It asks for what is not possible.
    """
    try:
        request = await complete(order, models, settings)
    except NotFound:  # the model left since, which is no reason to withhold what it drew
        return
    unseeded = order.draft.seed is None or order.draft.seed < 0
    seed = known.drawing.sampling.seed if unseeded else request.sampling.seed
    if _compared(request, seed) != _compared(known.drawing, known.drawing.sampling.seed):
        raise Conflict(
            f"The idempotency key {order.key!r} was used for another request.",
            hint="Take a new key for every request that is not a repetition.",
        )


def _compared(request: GenerationRequest, seed: int) -> GenerationRequest:
    seeded = request.sampling.model_copy(update={"seed": seed})
    return request.model_copy(update={"sampling": seeded, "previews": Previews()})


async def _size(ref: ImageRef | None, name: str, order: Order, settings: Settings) -> tuple[int, int] | None:
    if ref is None:
        return None
    if ref.sha256 not in order.files:
        raise InvalidInput(f"{name} was named and not sent.")
    return await asyncio.to_thread(
        image_size,
        order.files[ref.sha256],
        name=name,
        max_bytes=settings.max_image_bytes,
        max_pixels=settings.max_image_pixels,
    )
