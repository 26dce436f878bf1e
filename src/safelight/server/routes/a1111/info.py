"""The `info` of a txt2img or img2img answer: what was drawn, as JSON in a string, with the keys that A1111 has."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from safelight.domain.errors import SafelightError
from safelight.domain.jobs import Job, StoredArtifact
from safelight.domain.samplers import label
from safelight.jobs.service import JobService
from safelight.server.routes.a1111.bodies import DrawBody
from safelight.server.routes.a1111.checkpoints import checkpoint
from safelight.version import __version__


@dataclass(frozen=True)
class Drawn:
    """A finished picture and the job that drew it."""

    job: Job
    artifact: StoredArtifact


async def info_of(body: DrawBody, first: Job, drawn: Sequence[Drawn], jobs: JobService, notes: Sequence[str]) -> str:
    """Describe what was drawn.

    Args:
        body: What was asked for.
        first: The call's first job, whose request is the whole one.
        drawn: The pictures that are answered, in order.
        jobs: Where the model is looked up.
        notes: What was not applied, or otherwise done.
    """
    request, count = first.drawing, len(drawn)
    name, short = await _model(jobs, request.model)
    said = [*notes, *dict.fromkeys(note for picture in drawn for note in picture.artifact.notes)]
    seeds = [picture.artifact.seed for picture in drawn]
    subseed = -1 if body.subseed is None else body.subseed
    info: dict[str, Any] = {
        "prompt": request.prompts.positive,
        "all_prompts": [request.prompts.positive] * count,
        "negative_prompt": request.prompts.negative,
        "all_negative_prompts": [request.prompts.negative] * count,
        "seed": seeds[0] if seeds else request.sampling.seed,
        "all_seeds": seeds,
        "subseed": subseed,
        "all_subseeds": [subseed] * count,
        "subseed_strength": 0,
        "width": request.size.width,
        "height": request.size.height,
        "sampler_name": label(request.sampling.sampler),
        "cfg_scale": request.guidance.cfg_scale,
        "steps": request.sampling.steps,
        "batch_size": body.batch_size or 1,
        "restore_faces": False,
        "face_restoration_model": None,
        "sd_model_name": name,
        "sd_model_hash": short,
        "sd_vae_name": None,
        "sd_vae_hash": None,
        "seed_resize_from_w": -1,
        "seed_resize_from_h": -1,
        "denoising_strength": request.init.strength if request.init else None,
        "extra_generation_params": {"Schedule type": label(request.sampling.scheduler)},
        "index_of_first_image": 0,
        "infotexts": [picture.artifact.infotext for picture in drawn],
        "styles": [],
        "job_timestamp": first.created.astimezone().strftime("%Y%m%d%H%M%S"),
        "clip_skip": request.guidance.clip_skip,
        "is_using_inpainting_conditioning": False,
        "version": f"Safelight {__version__}",
        "notes": said,
        "jobs": list(dict.fromkeys([first.id, *(picture.job.id for picture in drawn)])),
    }
    return json.dumps(info)


async def _model(jobs: JobService, model_id: str) -> tuple[str, str]:
    """A model's name, and its short hash if that is known."""
    try:
        found = await checkpoint(jobs, await jobs.models.resolve(model_id))
    except SafelightError:  # its file went meanwhile
        return model_id, ""
    return found.model_name, found.hash or ""
