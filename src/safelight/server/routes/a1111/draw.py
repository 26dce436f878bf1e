"""A1111 txt2img and img2img: one call draws all its pictures, one after another, and waits for them."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Sequence
from dataclasses import replace

from fastapi import APIRouter, Request, Response

from safelight.domain.draft import GenerationDraft
from safelight.domain.errors import Cancelled, Conflict, SafelightError
from safelight.domain.jobs import Disconnect, Job, JobState
from safelight.jobs.orders import Order
from safelight.jobs.service import JobService
from safelight.server.access import Drawer, Jobs
from safelight.server.auth.callers import Caller
from safelight.server.lanes import InLanes, Lanes
from safelight.server.orders import IdempotencyKey
from safelight.server.routes.a1111.bodies import DrawBody, DrawReply, Img2ImgBody, Txt2ImgBody
from safelight.server.routes.a1111.errors import answers
from safelight.server.routes.a1111.info import Drawn, info_of
from safelight.server.routes.a1111.inits import Inits, finished, inits_of
from safelight.server.routes.a1111.options import changed
from safelight.server.routes.a1111.refusals import notes_on, refuse
from safelight.server.routes.a1111.replies import EscapedJSON, echo
from safelight.server.routes.a1111.state import Call, DialectState, Options, State
from safelight.server.waiting import wait_for

router = APIRouter(prefix="/sdapi/v1", tags=["a1111"])

_FAILURES = answers(404, 409, 413, 422, 429, 500, 501, 503, 504, 507)
_AUTOMATIC = ("", "automatic")


@router.post("/txt2img", summary="A1111: draw from words", response_model=DrawReply, responses=_FAILURES)
async def txt2img(
    body: Txt2ImgBody,
    request: Request,
    jobs: Jobs,
    state: State,
    lanes: InLanes,
    caller: Drawer,
    key: IdempotencyKey = None,
) -> Response:
    """Draw `batch_size` times `n_iter` pictures and answer with them. The job goes on when the client goes away."""
    refuse(body)
    return await _reply(body, Inits(), request, jobs, state, lanes, caller, key)


@router.post("/img2img", summary="A1111: redraw an image", response_model=DrawReply, responses=_FAILURES)
async def img2img(
    body: Img2ImgBody,
    request: Request,
    jobs: Jobs,
    state: State,
    lanes: InLanes,
    caller: Drawer,
    key: IdempotencyKey = None,
) -> Response:
    """The same, from the first of `init_images`; with a `mask`, only what is white in it is repainted."""
    refuse(body)
    inits = await inits_of(body, jobs.settings, lanes)
    return await _reply(body, inits, request, jobs, state, lanes, caller, key)


async def _reply(
    body: DrawBody,
    inits: Inits,
    request: Request,
    jobs: JobService,
    state: DialectState,
    lanes: Lanes,
    caller: Caller,
    key: str | None,
) -> Response:
    before = state.options_of(caller.name)
    options = await changed(before, body.override_settings, jobs) if body.override_settings else before
    if body.override_settings_restore_afterwards is False:
        state.options[caller.name] = options
    first, drawn = await _draw(replace(_order(body, inits, options), key=key), request, jobs, state, caller.name)
    hidden = () if getattr(body, "include_init_images", True) else ("init_images", "mask")
    reply = DrawReply(
        images=await _encoded(drawn, inits, jobs, lanes) if body.send_images is not False else [],
        parameters=echo(body, without=hidden),
        info=await info_of(body, first, drawn, jobs, [*notes_on(body), *inits.notes]),
    )
    return EscapedJSON(reply.model_dump())


def _order(body: DrawBody, inits: Inits, options: Options) -> Order:
    sampler = body.sampler_name or body.sampler_index or ""
    scheduler = body.scheduler or ""
    overridden = body.override_settings and body.override_settings.CLIP_stop_at_last_layers
    fields = {
        "width": None if body.width is None else body.width // 8 * 8,
        "height": None if body.height is None else body.height // 8 * 8,
        "prompt": body.prompt or "",
        "negative_prompt": body.negative_prompt or "",
        "steps": body.steps,
        "cfg_scale": body.cfg_scale,
        "sampler": None if sampler.strip().lower() in _AUTOMATIC else sampler,
        "scheduler": None if scheduler.strip().lower() in _AUTOMATIC else scheduler,
        "seed": body.seed,
        "count": body.count,
        "clip_skip": overridden or body.clip_skip or options.clip_skip,
        "format": options.format,
        "quality": options.quality,
        "metadata": options.metadata,
        "preview_every": options.preview_every if options.previews else 0,
    }
    draft = GenerationDraft(**(fields | inits.draft))
    return Order(draft=draft, model=options.model, files=inits.files, disconnect=Disconnect.KEEP)


async def _draw(
    order: Order, request: Request, jobs: JobService, state: DialectState, owner: str
) -> tuple[Job, list[Drawn]]:
    """Draw an order, and after each picture that is skipped, the rest of it; return its first job and what is finished.

    Picture i has seed + i whichever job draws it, so a rest is drawn as it would have been.

    Raises:
        SafelightError: It failed, or was cancelled by other means than `interrupt`.
        ClientDisconnect: The client went away.
    """
    await state.tidy(jobs)
    first = job = await jobs.submit(order, owner)
    call = Call(owner=owner, job=job.id, count=order.draft.count)
    drawn: list[Drawn] = []
    with state.waiting(call):
        while True:
            ended = await wait_for(jobs, job, request)
            drawn += [Drawn(ended, artifact) for artifact in ended.artifacts]
            if ended.state is JobState.COMPLETED or call.interrupted:
                return first, drawn
            if ended.state is not JobState.CANCELLED or not call.skipped:
                raise _failure(ended)
            call.skipped = False
            call.offset += len(ended.artifacts) + 1
            if call.offset >= call.count:
                return first, drawn
            rest = {"seed": first.drawing.sampling.seed + call.offset, "count": call.count - call.offset}
            draft = order.draft.model_copy(update=rest)
            order = replace(order, model=first.drawing.model, draft=draft, key=None)
            job = await jobs.submit(order, owner)
            call.job = job.id
            if call.interrupted:  # meanwhile, when there was nothing to cancel
                with contextlib.suppress(Conflict):
                    await jobs.cancel(job.id)


def _failure(ended: Job) -> SafelightError:
    if ended.error:
        return ended.error.raised()
    return Cancelled(f"Job {ended.id} was {ended.state.value}.")


async def _encoded(drawn: Sequence[Drawn], inits: Inits, jobs: JobService, lanes: Lanes) -> list[str]:
    images = []
    for picture in drawn:
        job, artifact = picture.job, picture.artifact
        file = await jobs.images.read(job.id, job.created, artifact.name)
        if inits.paste:
            file = await lanes.pictures.run(finished, file, inits.paste, job.drawing.output, artifact.infotext)
        images.append(base64.b64encode(file).decode())
    return images
