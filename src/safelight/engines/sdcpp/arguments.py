"""A request and draw options → the library's parameters for one picture."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from safelight.domain.errors import InvalidInput
from safelight.domain.models import ModelInfo
from safelight.domain.request import GenerationRequest, ImageRef, Mode
from safelight.engines.framing import fitted, mask_of
from safelight.engines.sdcpp.canvas import Canvas
from safelight.engines.sdcpp.families import DISTILLED, PENULTIMATE, follows_a_picture
from safelight.engines.sdcpp.library import Keeper, Library
from safelight.engines.sdcpp.options import Cache, DrawOptions, Hires, Tiling
from safelight.engines.sdcpp.prompts import written

_METHODS = {
    "euler": "EULER",
    "euler_a": "EULER_A",
    "heun": "HEUN",
    "dpm2": "DPM2",
    "dpmpp_2s_a": "DPMPP2S_A",
    "dpmpp_2m": "DPMPP2M",
    "dpmpp_2m_v2": "DPMPP2Mv2",
    "ipndm": "IPNDM",
    "ipndm_v": "IPNDM_V",
    "lcm": "LCM",
    "ddim": "DDIM_TRAILING",
    "tcd": "TCD",
    "res_multistep": "RES_MULTISTEP",
    "res_2s": "RES_2S",
    "er_sde": "ER_SDE",
}
_CACHE_NAMES = {"front_blocks": "Fn_compute_blocks", "back_blocks": "Bn_compute_blocks"}
Images = Mapping[str, Image.Image]


class Arguments:
    """Builds `sd_img_gen_params_t`; what it points to lives as long as this object."""

    def __init__(self, library: Library, model: ModelInfo, options: DrawOptions, *, tiled: bool) -> None:
        self._library, self._api, self._keep = library, library.api, Keeper(library)
        self._model, self._options = model, options
        self._tiling = options.vae_tiling or (Tiling() if tiled else Tiling(enabled=False))

    def of(self, request: GenerationRequest, images: Images, canvas: Canvas) -> Any:
        """Parameters for drawing `request`, but for the seed, on a canvas that is at least as large.

        Raises:
            InvalidInput: What is asked for does not go together.
        """
        keep, options = self._keep, self._options
        params = self._library.defaults("sd_img_gen_params")
        params.prompt = keep.text(written(request.prompts.positive))
        params.negative_prompt = keep.text(written(request.prompts.negative))
        params.width, params.height = canvas.width, canvas.height
        params.clip_skip = self._clip_skip(request)
        params.batch_count = 1
        self._sampling(params.sample_params, request)
        params.vae_tiling_params = self._tiling_params()
        self._cache(params.cache, options.cache)
        params.loras = keep.array(
            self._api.sd_lora_t,
            [self._api.sd_lora_t(lora.high_noise, lora.weight, keep.text(lora.model)) for lora in options.loras],
        )
        params.lora_count = len(options.loras)
        for name in ("init_image", "mask_image", "control_image"):
            setattr(params, name, keep.image(None))
        self._start(params, request, images, canvas)
        self._guides(params, request, images, canvas)
        if options.hires:
            self._hires(params.hires, options.hires)
        return params

    def _clip_skip(self, request: GenerationRequest) -> int:
        skip = request.guidance.clip_skip
        if skip == 1:
            return -1
        return skip + 1 if self._model.architecture in PENULTIMATE else skip

    def _sampling(self, sample: Any, request: GenerationRequest) -> None:
        sampling, options, scale = request.sampling, self._options, request.guidance.cfg_scale
        if sampling.scheduler == "ays" and self._model.architecture == "sd2":
            raise InvalidInput("Align Your Steps has no noise levels for Stable Diffusion 2.", hint="Try karras.")
        # One step starts at the noisiest level; the library's exponential schedule divides by zero there.
        scheduler = sampling.scheduler if sampling.steps > 1 else "discrete"
        sample.sample_method = getattr(self._api.SampleMethod, f"{_METHODS[sampling.sampler]}_SAMPLE_METHOD")
        sample.scheduler = getattr(self._api.Scheduler, f"{scheduler.upper()}_SCHEDULER")
        sample.sample_steps = sampling.steps
        sample.eta = math.inf if options.eta is None else options.eta
        sample.shifted_timestep = options.shifted_timestep
        sample.flow_shift = math.inf if options.flow_shift is None else options.flow_shift
        sample.custom_sigmas = self._keep.array(ctypes.c_float, options.sigmas)
        sample.custom_sigmas_count = len(options.sigmas)
        guidance = sample.guidance
        distilled = self._model.architecture in DISTILLED
        guidance.txt_cfg = 1.0 if distilled else max(scale, 1.0)
        guidance.distilled_guidance = scale if distilled and scale > 1 else options.distilled_guidance
        guidance.img_cfg = math.inf if options.image_cfg_scale is None else options.image_cfg_scale
        skip = options.layer_skip
        guidance.slg.layers = self._keep.array(ctypes.c_int, skip.layers)
        guidance.slg.layer_count = len(skip.layers)
        guidance.slg.layer_start, guidance.slg.layer_end = skip.start, skip.end
        guidance.slg.scale = skip.scale

    def _start(self, params: Any, request: GenerationRequest, images: Images, canvas: Canvas) -> None:
        """The picture to start from, or to follow.

        The library does one step more than the strength's share: it is asked for less.
        """
        if request.init is None:
            return
        start = fitted(images[request.init.image.sha256], (request.size.width, request.size.height))
        picture = self._keep.image(canvas.extended(np.asarray(start)))
        if follows_a_picture(self._model):
            params.control_image = picture
            return
        steps = request.sampling.steps
        done = steps if self._options.sigmas else min(int(steps * request.init.strength), steps)
        if done < 1:
            raise InvalidInput(
                f"Strength {request.init.strength:g} of {steps} steps leaves no step to do.", hint="Raise either."
            )
        params.strength = 1.0 if done == steps else (done - 0.5) / steps
        params.init_image = picture
        if request.mode is Mode.INPAINT:
            params.mask_image = self._keep.image(canvas.extended(np.asarray(mask_of(request, images))))

    def _guides(self, params: Any, request: GenerationRequest, images: Images, canvas: Canvas) -> None:
        options, keep = self._options, self._keep
        if options.control:
            size = (request.size.width, request.size.height)
            picture = canvas.extended(np.asarray(fitted(images[options.control.image.sha256], size)))
            params.control_image = keep.image(picture.copy() if options.control.canny else picture)
            if options.control.canny:
                # high and low threshold, weak and strong edges: the command line's own values
                self._api.preprocess_canny(params.control_image, 0.08, 0.08, 0.8, 1.0, False)
            params.control_strength = options.control.strength
        if options.references:
            params.ref_images, params.ref_images_count = self._several(options.references.images, images)
            params.auto_resize_ref_image = options.references.auto_resize
            params.increase_ref_index = options.references.increase_index
        if options.photo_maker:
            faces = params.pm_params
            faces.id_images, faces.id_images_count = self._several(options.photo_maker.images, images)
            faces.id_embed_path = keep.text(options.photo_maker.id_embed)
            faces.style_strength = options.photo_maker.style_strength

    def _several(self, refs: tuple[ImageRef, ...], images: Images) -> tuple[Any, int]:
        whole = [np.asarray(images[ref.sha256].convert("RGB")) for ref in refs]
        return self._keep.array(self._api.sd_image_t, [self._keep.image(pixels) for pixels in whole]), len(whole)

    def _tiling_params(self) -> Any:
        tiling = self._tiling
        return self._api.sd_tiling_params_t(
            tiling.enabled,
            tiling.tile_size_x,
            tiling.tile_size_y,
            tiling.overlap,
            tiling.relative_size_x,
            tiling.relative_size_y,
        )

    def _cache(self, target: Any, cache: Cache) -> None:
        for name, value in cache.model_dump(exclude={"mode", "reuse_threshold", "scm_mask"}).items():
            setattr(target, _CACHE_NAMES.get(name, name), value)
        target.mode = getattr(self._api.SDCacheMode, f"SD_CACHE_{cache.mode.upper()}")
        target.reuse_threshold = math.inf if cache.reuse_threshold is None else cache.reuse_threshold
        target.scm_mask = self._keep.text(cache.scm_mask)

    def _hires(self, target: Any, hires: Hires) -> None:
        if hires.upscaler == "model" and not hires.model:
            raise InvalidInput("The hires fix by an upscaler model needs the model's name.", hint="Set hires.model.")
        target.enabled = True
        target.upscaler = getattr(self._api.SDHiresUpscaler, f"SD_HIRES_UPSCALER_{hires.upscaler.upper()}")
        target.model_path = self._keep.text(hires.model)
        target.scale, target.target_width, target.target_height = hires.scale, hires.width, hires.height
        target.steps, target.denoising_strength = hires.steps, hires.strength
        target.upscale_tile_size = hires.tile_size
