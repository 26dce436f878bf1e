"""A1111 options: each caller's own settings, kept in memory; switching the model loads it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from safelight.domain.errors import InvalidInput
from safelight.domain.request import OutputFormat
from safelight.jobs.service import JobService
from safelight.server.access import Drawer, Jobs, Reader
from safelight.server.routes.a1111.bodies import OptionsBody
from safelight.server.routes.a1111.checkpoints import checkpoint, find_model
from safelight.server.routes.a1111.errors import answers
from safelight.server.routes.a1111.refusals import refuse_settings
from safelight.server.routes.a1111.state import Options, State

router = APIRouter(prefix="/sdapi/v1", tags=["a1111"])

_FORMATS = {
    "png": OutputFormat.PNG,
    "jpg": OutputFormat.JPEG,
    "jpeg": OutputFormat.JPEG,
    "webp": OutputFormat.WEBP,
}
_SHOWN_FORMATS = {OutputFormat.PNG: "png", OutputFormat.JPEG: "jpg", OutputFormat.WEBP: "webp"}


@router.get("/options", summary="A1111: the caller's settings", responses=answers(404, 422))
async def get_options(jobs: Jobs, state: State, caller: Reader) -> dict[str, Any]:
    """Settings that are honoured, and a few that clients look for, with the values that hold here."""
    options = state.options_of(caller.name)
    model = await checkpoint(jobs, await jobs.models.resolve(options.model or jobs.settings.model))
    return {
        "sd_model_checkpoint": model.title,
        "sd_checkpoint_hash": model.sha256,
        "sd_vae": "Automatic",
        "forge_additional_modules": [],
        "CLIP_stop_at_last_layers": options.clip_skip,
        "samples_save": True,
        "samples_format": _SHOWN_FORMATS[options.format],
        "jpeg_quality": options.quality,
        "enable_pnginfo": options.metadata,
        "live_previews_enable": options.previews,
        "live_previews_image_format": "jpeg",
        "show_progress_every_n_steps": options.preview_every,
        "face_restoration_model": None,
        "img2img_background_color": "#ffffff",
        "eta_noise_seed_delta": 0,
        "randn_source": "CPU",
    }


@router.post(
    "/options",
    summary="A1111: change the caller's settings",
    responses=answers(404, 409, 413, 422, 429, 500, 501, 503, 504, 507),
)
async def set_options(body: OptionsBody, jobs: Jobs, state: State, caller: Drawer) -> dict[str, Any]:
    """Take over what is known of the body, which may be all that GET answered; another model is loaded first.

    While it loads, progress shows a job. When it can't be loaded, nothing changes.
    """
    before = state.options_of(caller.name)
    after = await changed(before, body, jobs)
    if after.model != before.model:
        model = await jobs.models.resolve(after.model or jobs.settings.model)
        with state.busy_loading(caller.name):
            await jobs.pool.load(model)
    state.options[caller.name] = after
    return {}


async def changed(options: Options, body: OptionsBody, jobs: JobService) -> Options:
    """The options after what `body` says; what is null or not named in it stays.

    Raises:
        NotFound: There is no such model.
        InvalidInput: A value is wrong; NotBuilt: it is not offered.
    """
    refuse_settings(body)
    changes: dict[str, Any] = {
        "clip_skip": body.CLIP_stop_at_last_layers,
        "quality": body.jpeg_quality,
        "metadata": body.enable_pnginfo,
        "previews": body.live_previews_enable,
    }
    if body.sd_model_checkpoint:
        found = (await find_model(jobs, body.sd_model_checkpoint)).id
        current = (await jobs.models.resolve(options.model or jobs.settings.model)).id
        changes["model"] = None if found == current and options.model is None else found
    if body.samples_format is not None:
        if body.samples_format.lower() not in _FORMATS:
            raise InvalidInput(
                f"There is no format {body.samples_format[:40]!r}.", hint=f"There are: {', '.join(_FORMATS)}."
            )
        changes["format"] = _FORMATS[body.samples_format.lower()]
    if body.show_progress_every_n_steps is not None:
        changes["preview_every"] = max(0, body.show_progress_every_n_steps)
    return options.model_copy(update={name: value for name, value in changes.items() if value is not None})
