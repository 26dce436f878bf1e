"""What can be set on stable-diffusion.cpp beyond what every engine knows, as typed values; imports no ML library.

`LoadOptions` decide how a model is loaded and come from the settings (`engine_options`), `DrawOptions` come with a
request. Field for field these are `sd_ctx_params_t` and `sd_img_gen_params_t` of its `stable-diffusion.h`, with that
library's defaults. What the request, the plan or the model already says (prompt, size, steps, seed, LoRA of a prompt,
threads, the model's own files) is not repeated here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from safelight.domain.conversion import TypeRule, WeightType
from safelight.domain.models import ModelKind
from safelight.domain.request import MAX_SIDE, ImageRef, Size
from safelight.domain.values import Value
from safelight.engines.options import Name, PlainFile, model_of, picture_size

Share = Annotated[float, Field(ge=0, le=1)]
Upscaler = Literal[
    "none",
    "latent",
    "latent_nearest",
    "latent_nearest_exact",
    "latent_antialiased",
    "latent_bicubic",
    "latent_bicubic_antialiased",
    "lanczos",
    "nearest",
    "model",
]
Random = Literal["std_default", "cuda", "cpu"]


def _word(name: str) -> str:
    if not re.fullmatch(r"[\w.\-]{1,100}", name):
        raise ValueError("an embedding's name is one word of letters, digits, dots and hyphens")
    return name


class Embedding(Value):
    """A textual inversion: `name` in a prompt stands for what is in `path`."""

    name: Annotated[str, AfterValidator(_word)]
    path: Path


class Companions(Value):
    """Files beside the model's own; those that the catalog found need not be named."""

    vae: Path | None = None
    taesd: Path | None = None
    clip_l: Path | None = None
    clip_g: Path | None = None
    clip_vision: Path | None = None
    t5xxl: Path | None = None
    llm: Path | None = None
    llm_vision: Path | None = None
    high_noise_diffusion_model: Path | None = None
    control_net: Path | None = None
    photo_maker: Path | None = None
    embeddings: tuple[Embedding, ...] = ()


class Chroma(Value):
    """Masks of the Chroma family."""

    use_dit_mask: bool = True
    use_t5_mask: bool = False
    t5_mask_pad: int = Field(default=1, ge=0)


class LoadOptions(Value):
    """How a model is loaded.

    Attributes:
        companions: Files beside the model's.
        weight_type: Quantise (or widen) the weights to this while loading; None keeps the file's types, or takes the
            plan's number type for files that are not quantised.
        tensor_type_rules: Types for the tensors whose names match; the first match counts.
        rng: Where noise comes from; `cpu` draws torch's, so that both engines draw the same picture.
        sampler_rng: The same for what ancestral samplers add; None: as `rng`.
        prediction: What the network predicts; None: what the catalog or the file says.
        lora_apply_mode: Merge LoRAs into the weights, or apply them in every step (what quantised weights need).
        mmap: Read the file through a memory map: a second load finds it in the page cache.
        offload_params_to_cpu: Keep weights in main memory between uses. None: by the plan's memory mode.
        keep_clip_on_cpu: Also `keep_control_net_on_cpu`, `keep_vae_on_cpu`: compute these parts on the CPU.
        flash_attention: In all parts. On CPUs it is slower (measured 2.3 times).
        diffusion_flash_attention: In the diffusion model only.
        tae_preview_only: Use `companions.taesd` for previews, the full VAE for the picture.
        diffusion_conv_direct: Also `vae_conv_direct`: convolve directly instead of through matrix products.
        circular_x: Also `circular_y`: pictures that tile without a seam.
        force_sdxl_vae_conv_scale: Scale the XL autoencoder's convolutions so that f16 does not overflow.
        max_vram: GiB that one computation may take before it is cut into parts; 0: no limit.
        free_params_immediately: Drop each part's weights after use; the model can then draw only once.
        vae_decode_only: Leave the VAE's encoder out; then no picture can be started from.
    """

    companions: Companions = Companions()
    weight_type: WeightType | None = None
    tensor_type_rules: tuple[TypeRule, ...] = ()
    rng: Random = "cpu"
    sampler_rng: Random | None = None
    prediction: Literal["eps", "v", "edm_v", "sd3_flow", "flux_flow", "flux2_flow"] | None = None
    lora_apply_mode: Literal["auto", "immediately", "at_runtime"] = "auto"
    mmap: bool = True
    offload_params_to_cpu: bool | None = None
    keep_clip_on_cpu: bool = False
    keep_control_net_on_cpu: bool = False
    keep_vae_on_cpu: bool = False
    flash_attention: bool = False
    diffusion_flash_attention: bool = False
    tae_preview_only: bool = False
    diffusion_conv_direct: bool = False
    vae_conv_direct: bool = False
    circular_x: bool = False
    circular_y: bool = False
    force_sdxl_vae_conv_scale: bool = False
    chroma: Chroma = Chroma()
    qwen_image_zero_cond_t: bool = False
    max_vram: float = Field(default=0, ge=0, le=1024)
    free_params_immediately: Literal[False] = False
    vae_decode_only: bool = False


class LayerSkip(Value):
    """Skip-layer guidance: a pass without `layers` shows what to move away from. SD 3, FLUX, Chroma."""

    layers: tuple[Annotated[int, Field(ge=0, le=1000)], ...] = ()
    start: Share = 0.01
    end: Share = 0.2
    scale: float = Field(default=0, ge=-100, le=100, allow_inf_nan=False)


class Tiling(Value):
    """Decode in tiles. Sizes in latent pixels, or as a share of the picture; 0: the library's own choice."""

    enabled: bool = True
    tile_size_x: int = Field(default=0, ge=0, le=4096)
    tile_size_y: int = Field(default=0, ge=0, le=4096)
    overlap: float = Field(default=0.5, ge=0, lt=1)
    relative_size_x: float = Field(default=0, ge=0, le=100)
    relative_size_y: float = Field(default=0, ge=0, le=100)


class Cache(Value):
    """Reuse what changes little from step to step (`docs/caching.md` of stable-diffusion.cpp).

    `reuse_threshold` None is the mode's own. The `spectrum` fields count for that mode only.
    """

    mode: Literal["disabled", "easycache", "ucache", "dbcache", "taylorseer", "cache_dit", "spectrum"] = "disabled"
    reuse_threshold: float | None = Field(default=None, ge=0)
    start_percent: Share = 0.15
    end_percent: Share = 0.95
    error_decay_rate: float = 1.0
    use_relative_threshold: bool = True
    reset_error_on_compute: bool = True
    front_blocks: int = Field(default=8, ge=0)
    back_blocks: int = Field(default=0, ge=0)
    residual_diff_threshold: float = 0.08
    max_warmup_steps: int = 8
    max_cached_steps: int = -1
    max_continuous_cached_steps: int = -1
    taylorseer_n_derivatives: int = 1
    taylorseer_skip_interval: int = 1
    scm_mask: str | None = Field(default=None, pattern=r"^[01](,[01])*$", max_length=1000)
    scm_policy_dynamic: bool = True
    spectrum_w: float = 0.4
    spectrum_m: int = 3
    spectrum_lam: float = 1.0
    spectrum_window_size: int = 2
    spectrum_flex_window: float = 0.5
    spectrum_warmup_steps: int = 4
    spectrum_stop_percent: Share = 0.9


class Hires(Value):
    """Draw small, enlarge, draw again over it. Without a target size the picture's size times `scale`."""

    upscaler: Upscaler = "latent"
    model: Annotated[Name, model_of(ModelKind.UPSCALER)] | None = None
    scale: float = Field(default=2, gt=0, le=8)
    width: int = Field(default=0, ge=0, le=MAX_SIDE)
    height: int = Field(default=0, ge=0, le=MAX_SIDE)
    steps: int = Field(default=0, ge=0, le=500)
    strength: float = Field(default=0.7, gt=0, le=1)
    tile_size: int = Field(default=128, ge=16, le=4096)

    @model_validator(mode="after")
    def _within_limits(self, info: ValidationInfo) -> Self:
        """A picture is not enlarged beyond what may be asked for as its size."""
        size = picture_size(info)
        if size is None:
            return self
        width, height = self.sides(size)
        if max(width, height) > MAX_SIDE:
            raise ValueError(f"{size} would be enlarged to {width}x{height}, and {MAX_SIDE} pixels a side are the most")
        return self

    def sides(self, size: Size) -> tuple[int, int]:
        """Width and height, at most, to which a picture of `size` is enlarged."""
        if self.width and self.height:
            return self.width, self.height
        scale = max(self.scale, self.width / size.width, self.height / size.height)
        return int(size.width * scale), int(size.height * scale)


class Lora(Value):
    """A LoRA to add, and how strongly. `high_noise` is for the high-noise model of Wan 2.2."""

    model: Annotated[Name, model_of(ModelKind.LORA)]
    weight: float = Field(default=1, ge=-10, le=10, allow_inf_nan=False)
    high_noise: bool = False


class Control(Value):
    """What the ControlNet of the load options looks at; `canny` draws the picture's edges first."""

    image: ImageRef
    strength: float = Field(default=0.9, ge=0, le=10)
    canny: bool = False


class References(Value):
    """Pictures that edit models look at (Kontext, Qwen-Image-Edit)."""

    images: tuple[ImageRef, ...] = Field(min_length=1, max_length=8)
    auto_resize: bool = True
    increase_index: bool = False


class PhotoMaker(Value):
    """Faces for PhotoMaker; the model itself is in the load options."""

    images: tuple[ImageRef, ...] = Field(min_length=1, max_length=8)
    id_embed: PlainFile | None = None
    style_strength: float = Field(default=20, ge=0, le=100)


class Video(Value):
    """Frames of a video model. Typed and not run yet: a job's results are pictures so far."""

    frames: int = Field(default=6, ge=1, le=1000)
    end_image: ImageRef | None = None
    control_frames: tuple[ImageRef, ...] = Field(default=(), max_length=200)
    moe_boundary: Share = 0.875
    vace_strength: float = 1.0
    high_noise_steps: int = Field(default=-1, ge=-1, le=500)
    high_noise_cfg_scale: float = Field(default=7, ge=0, le=50)
    high_noise_sampler: str | None = None


class DrawOptions(Value):
    """How one request is drawn.

    Attributes:
        eta: Share of fresh noise in ancestral samplers, DDIM and TCD; None: the sampler's own.
        shifted_timestep: Ask an XL network for another timestep (for models distilled so); 0: off.
        sigmas: Noise levels to go through, the last 0, instead of a scheduler's; their count decides the steps.
        flow_shift: Shift of flow models; None: the model's own.
        image_cfg_scale: Guidance by the picture, for edit models; None: as the text's.
        distilled_guidance: Guidance that is an input of the network (Flux dev).
    """

    eta: float | None = Field(default=None, ge=0, le=10)
    shifted_timestep: int = Field(default=0, ge=0, le=1000)
    sigmas: tuple[Annotated[float, Field(ge=0, allow_inf_nan=False)], ...] = Field(default=(), max_length=501)
    flow_shift: float | None = Field(default=None, gt=0, le=100)
    image_cfg_scale: float | None = Field(default=None, ge=0, le=50)
    distilled_guidance: float = Field(default=3.5, ge=0, le=50)
    layer_skip: LayerSkip = LayerSkip()
    vae_tiling: Tiling | None = None
    cache: Cache = Cache()
    hires: Hires | None = None
    loras: tuple[Lora, ...] = Field(default=(), max_length=32)
    control: Control | None = None
    references: References | None = None
    photo_maker: PhotoMaker | None = None
    preview: Literal["proj", "tae", "vae"] = "proj"
    video: Video | None = None

    def second_pass(self, size: Size) -> tuple[int, int] | None:
        """Width and height of the second pass of a picture of `size`, if there is one."""
        return self.hires.sides(size) if self.hires else None

    def second_steps(self, steps: int) -> int:
        """How many steps that pass does where the first one is asked for `steps`: the strength's share and one."""
        if self.hires is None:
            return 0
        asked = self.hires.steps or steps
        return min(asked, int(asked * self.hires.strength) + 1)
