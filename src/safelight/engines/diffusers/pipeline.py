"""A loaded diffusers pipeline: runs requests through the library's own pipeline classes, one picture after another."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from safelight.domain.errors import Cancelled, EngineFailure, InvalidInput
from safelight.domain.events import Phase, Progress
from safelight.domain.models import ModelInfo
from safelight.domain.plans import Plan
from safelight.domain.request import GenerationRequest, Mode
from safelight.engines.contract import Picture, Pipeline, Sink
from safelight.engines.diffusers.acceleration.accelerator import Accelerator
from safelight.engines.diffusers.acceleration.memory import release_freed
from safelight.engines.diffusers.classes import pipeline_class
from safelight.engines.diffusers.devices import TORCH_DTYPES
from safelight.engines.diffusers.errors import translated
from safelight.engines.diffusers.options import DrawOptions
from safelight.engines.diffusers.previews import LatentPreview
from safelight.engines.diffusers.prompts import Embeddings, PromptEncoder
from safelight.engines.diffusers.remembered import remember_prompts
from safelight.engines.diffusers.samplers import build_scheduler, is_flow, network_steps
from safelight.engines.diffusers.shortcuts import taken
from safelight.engines.diffusers.tiny_decoder import TinyDecoders, decoding
from safelight.engines.framing import fitted, kept_outside_mask, mask_of, notes_on


class DiffusersPipeline(Pipeline):
    """A diffusers pipeline on its device, and its siblings for the other modes, which share its modules."""

    def __init__(
        self, pipe: Any, model: ModelInfo, plan: Plan, tiny: TinyDecoders, accelerator: Accelerator | None = None
    ) -> None:
        self._pipes: dict[Mode, Any] = {}
        self._pipe: Any = pipe
        self._tiny, self._accelerator = tiny, accelerator
        self._model = model
        self._scheduler_config, self._flow = dict(pipe.scheduler.config), is_flow(pipe.scheduler)
        self._dtype = TORCH_DTYPES[plan.dtype]
        self._device = torch.device(plan.device)
        self._preview = LatentPreview.of(model.architecture, model.path)
        clip = hasattr(pipe, "text_encoder") and type(pipe.text_encoder).__name__ in _CLIP_ENCODERS
        takes_embeddings = "StableDiffusion" in type(pipe).__name__ and not hasattr(pipe, "transformer")
        self._prompts = PromptEncoder(pipe, self._device) if clip and takes_embeddings else None

    def run(
        self,
        request: GenerationRequest,
        images: Mapping[str, Image.Image],
        sink: Sink,
        cancelled: Callable[[], bool],
    ) -> Iterator[Picture]:
        """See the contract."""
        pipe = self._pipe_for(request.mode)
        watcher = _Watcher(request, self._preview, sink, cancelled)
        if self._accelerator:
            self._accelerator.notice = watcher.interrupted
        arguments = self._conditioning(request, sink) | self._inputs(request, images)
        arguments |= {"callback_on_step_end": watcher, "output_type": "np"}
        known = inspect.signature(pipe.__call__).parameters
        if request.prompts.negative and not _takes_negative(known):
            raise InvalidInput(f"{self._model.id} has no negative prompt.", hint="Leave it out.")
        if "true_cfg_scale" in known and _takes_negative(known) and request.guidance.cfg_scale > 1:
            # Without a negative prompt such pipelines leave guidance out; Qwen-Image's own examples give a space.
            arguments = {"negative_prompt": " "} | arguments | {"true_cfg_scale": request.guidance.cfg_scale}
        if "callback_on_step_end" not in known:  # the way of older pipelines
            arguments |= {"callback": partial(watcher.looked_at, pipe), "callback_steps": 1}
        arguments = {name: value for name, value in arguments.items() if name in known}
        options = DrawOptions.model_validate(request.engine_options.get("diffusers", {}))
        tiny = self._tiny.get(Path(options.taesd)) if options.taesd else None
        guided = request.guidance.cfg_scale > 1
        notes = notes_on(request)
        size = request.batch.batch_size
        for first in range(0, request.batch.count, size):
            indices = range(first, min(first + size, request.batch.count))
            watcher.begin(indices)
            seeds = [request.sampling.seed + index for index in indices]
            generators = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]
            with translated(f"drawing with {self._model.id}"), torch.inference_mode():
                pipe.scheduler = build_scheduler(
                    request.sampling.sampler,
                    request.sampling.scheduler,
                    self._scheduler_config,
                    request.sampling.steps,
                    flow=self._flow,
                )
                ways, merged = (self._accelerator.ways, self._accelerator.merged) if self._accelerator else (None, None)
                shortened = taken(pipe, options, guided=guided, ways=ways, merged=merged)
                with shortened as told, decoding(pipe, tiny, watcher.interrupted):
                    drawn = pipe(
                        **arguments,
                        num_images_per_prompt=len(seeds),
                        generator=generators if len(seeds) > 1 else generators[0],
                    ).images
            for index, seed, floats in zip(indices, seeds, drawn, strict=True):
                if not np.isfinite(floats).all():
                    raise EngineFailure(
                        "The picture came out as numbers that are no colours (NaN).",
                        hint="Try --dtype f32, or smaller prompt weights.",
                    )
                pixels = to_pixels(floats)
                if request.mode is Mode.INPAINT:
                    pixels = kept_outside_mask(pixels, request, images)
                said = self._accelerator.notes if self._accelerator else ()
                said += tiny.notes if tiny else ()
                details = self._accelerator.details if self._accelerator else {}
                details |= tiny.details if tiny else {}
                yield Picture(pixels, index, seed, (*notes, *told, *said), details)

    def close(self) -> None:
        """Drop the modules and give their memory back."""
        self._pipes.clear()
        self._pipe = self._prompts = self._accelerator = None
        self._tiny.close()
        release_freed()  # modules and what stands behind them hold each other
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _pipe_for(self, mode: Mode) -> Any:
        if mode not in self._pipes:
            with translated(f"preparing {mode.value} with {self._model.id}"):
                kind = pipeline_class(type(self._pipe).__name__, mode)
                # Without a dtype, from_pipe turns the modules that the siblings share into float32. It leaves out tiny
                # VAEs, of another class than pipelines declare, unless they are given.
                vae = {"vae": self._pipe.vae} if hasattr(self._pipe, "vae") else {}
                self._pipes[mode] = kind.from_pipe(self._pipe, dtype=self._dtype, **vae)
                self._pipes[mode].set_progress_bar_config(disable=True)
                if not self._prompts:
                    remember_prompts(self._pipes[mode])
        return self._pipes[mode]

    def _conditioning(self, request: GenerationRequest, sink: Sink) -> dict[str, Any]:
        sink.progress(Progress(phase=Phase.ENCODING, count=request.batch.count, steps=request.sampling.steps))
        prompts, scale = request.prompts, request.guidance.cfg_scale
        arguments: dict[str, Any] = {"num_inference_steps": request.sampling.steps, "guidance_scale": scale}
        arguments |= {"width": request.size.width, "height": request.size.height}
        if self._prompts:
            with translated(f"encoding the prompt with {self._model.id}"):
                embedded = self._prompts.encode(prompts.positive, prompts.negative, request.guidance.clip_skip)
            return arguments | _embeddings(embedded)
        if request.guidance.clip_skip > 1:
            raise InvalidInput(f"{self._model.id} has no CLIP layers to skip.", hint="Leave clip skip at 1.")
        for text in (prompts.positive, prompts.negative):
            self._refuse_long(text)
        if prompts.negative:  # else the pipeline's own: None is not what each of them takes for an empty one
            arguments["negative_prompt"] = prompts.negative
        return arguments | {"prompt": prompts.positive}

    def _refuse_long(self, prompt: str) -> None:
        """Pipelines that encode text themselves cut it off silently: refuse instead."""
        tokenizers = [part for name, part in self._pipe.components.items() if name.startswith("tokenizer") and part]
        longest = max(tokenizers, key=lambda tokenizer: int(tokenizer.model_max_length), default=None)
        if longest is None:
            return
        asked = inspect.signature(self._pipe.__call__).parameters.get("max_sequence_length")
        limit = min(longest.model_max_length, asked.default if asked and asked.default else longest.model_max_length)
        tokens = len(longest(prompt, truncation=False, verbose=False).input_ids)
        if tokens > limit:
            raise InvalidInput(f"A prompt has {tokens} tokens; {self._model.id} reads {limit}.", hint="Shorten it.")

    def _inputs(self, request: GenerationRequest, images: Mapping[str, Image.Image]) -> dict[str, Any]:
        if request.init is None:
            return {}
        size = (request.size.width, request.size.height)
        inputs: dict[str, Any] = {
            "image": fitted(images[request.init.image.sha256], size),
            "strength": request.init.strength,
        }
        if request.init.mask:
            inputs["mask_image"] = mask_of(request, images)
        if int(request.sampling.steps * request.init.strength) < 1:
            raise InvalidInput(
                f"Strength {request.init.strength:g} of {request.sampling.steps} steps leaves no step to do.",
                hint="Raise either.",
            )
        return inputs


def _takes_negative(known: Mapping[str, inspect.Parameter]) -> bool:
    """Whether a negative prompt does anything by default: in FLUX, which has guidance built in, it does not."""
    built_in = "true_cfg_scale" in known and known["true_cfg_scale"].default == 1
    return bool(known.keys() & {"negative_prompt", "negative_prompt_embeds"}) and not built_in


class _Watcher:
    """diffusers' step callback: progress, previews, cancelling."""

    def __init__(
        self, request: GenerationRequest, preview: LatentPreview | None, sink: Sink, cancelled: Callable[[], bool]
    ) -> None:
        self._request, self._preview, self._sink, self._cancelled = request, preview, sink, cancelled
        self._pictures = range(1)
        self._phase = self._told = Phase.ENCODING
        self._steps, self._calls, self._done, self._since = 0, 0, 0, 0.0

    def begin(self, pictures: range) -> None:
        """Start over for the next picture or batch."""
        if self._cancelled():
            raise Cancelled("The job was cancelled.")
        self._pictures, self._calls, self._done, self._since = pictures, 0, 0, time.monotonic()
        init, steps = self._request.init, self._request.sampling.steps
        self._steps = min(int(steps * init.strength), steps) if init else steps
        self._report(Phase.DENOISING, None)

    def __call__(
        self, pipe: Any, step: int, timestep: Any, tensors: dict[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        if self._cancelled():
            raise Cancelled("The job was cancelled.")
        self._calls += 1
        # Samplers of second order call back twice a step: a step is done when that share of their calls is.
        done = min(self._calls * self._steps // network_steps(pipe), self._steps)
        if done == self._done:
            return {}
        now = time.monotonic()
        seconds, self._since, self._done = (now - self._since) / (done - self._done), now, done
        self._report(Phase.DENOISING, seconds, done)
        every = self._request.previews.every
        if every and self._preview and done % every == 0 and done < self._steps:
            for index, latent in zip(self._pictures, tensors["latents"], strict=True):
                self._sink.preview(index, self._preview.draw(latent))
        if done == self._steps:
            self._report(Phase.DECODING, None, done)
        return {}

    def looked_at(self, pipe: Any, step: int, timestep: Any, latents: torch.Tensor) -> None:
        """The callback of older pipelines."""
        self(pipe, step, timestep, {"latents": latents})

    def interrupted(self, preparing: bool) -> None:
        """Something is compiled (True), or was (False): that is no step's time."""
        if preparing:
            if self._cancelled():
                raise Cancelled("The job was cancelled.")
            self._told = self._phase
            self._report(Phase.LOADING, None, self._done)
        else:
            self._since = time.monotonic()
            self._report(self._told, None, self._done)

    def _report(self, phase: Phase, seconds: float | None, done: int = 0) -> None:
        self._phase = phase
        self._sink.progress(
            Progress(
                phase=phase,
                picture=self._pictures[0],
                count=self._request.batch.count,
                together=len(self._pictures),
                step=done,
                steps=self._steps,
                seconds=seconds,
            )
        )


def to_pixels(floats: NDArray[np.float32]) -> NDArray[np.uint8]:
    """[height, width, 3] in [0, 1] → uint8, rounding as diffusers' image processor does."""
    return np.asarray((floats * 255).round(), dtype=np.uint8)


def _embeddings(embedded: Embeddings) -> dict[str, Any]:
    arguments: dict[str, Any] = {"prompt_embeds": embedded.said, "negative_prompt_embeds": embedded.unsaid}
    if embedded.pooled_said is not None:
        arguments["pooled_prompt_embeds"] = embedded.pooled_said
        arguments["negative_pooled_prompt_embeds"] = embedded.pooled_unsaid
    return arguments


_CLIP_ENCODERS = {"CLIPTextModel", "CLIPTextModelWithProjection"}
