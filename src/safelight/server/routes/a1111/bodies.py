"""What A1111's clients send to draw. Unknown fields are accepted, as A1111 does; null means: not given."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from safelight.domain.values import Value

_OPEN = ConfigDict(extra="allow")
_MASK_BLUR = 4


class OptionsBody(Value):
    """Settings, all of them or some; those that are not named here are tolerated."""

    model_config = _OPEN

    sd_model_checkpoint: str | None = Field(default=None, description="A title or name from sd-models, or a hash.")
    CLIP_stop_at_last_layers: int | None = Field(default=None, ge=1, le=12)
    sd_vae: str | None = Field(default=None, description="Automatic or None; others are not offered yet.")
    forge_additional_modules: list[str] | None = Field(default=None, description="Empty; none are offered yet.")
    samples_format: str | None = Field(default=None, description="png, jpg, jpeg or webp.")
    jpeg_quality: int | None = Field(default=None, ge=1, le=100, description="Of JPEG and WebP files.")
    enable_pnginfo: bool | None = Field(default=None, description="Write prompt and settings into picture files.")
    live_previews_enable: bool | None = None
    show_progress_every_n_steps: int | None = Field(
        default=None, ge=-1, le=500, description="Steps between previews; 0 or -1 for none."
    )


class DrawBody(Value):
    """What txt2img and img2img have in common. The model's own defaults fill in what is not given."""

    model_config = _OPEN

    prompt: str | None = ""
    negative_prompt: str | None = ""
    styles: list[str] | None = None
    seed: int | None = Field(default=-1, description="Negative draws one at random; `info` names it.")
    subseed: int | None = -1
    subseed_strength: float | None = 0
    seed_resize_from_w: int | None = -1
    seed_resize_from_h: int | None = -1
    sampler_name: str | None = Field(default=None, description="Such as `DPM++ 2M`, or `DPM++ 2M Karras`.")
    sampler_index: str | None = Field(default=None, description="The older name of sampler_name.")
    scheduler: str | None = Field(default=None, description="Such as karras; Automatic lets the sampler choose.")
    batch_size: int | None = Field(default=1, ge=1, le=1000)
    n_iter: int | None = Field(default=1, ge=1, le=1000)
    steps: int | None = None
    cfg_scale: float | None = None
    width: int | None = Field(default=None, description="Rounded down to a multiple of 8.")
    height: int | None = Field(default=None, description="Rounded down to a multiple of 8.")
    clip_skip: int | None = Field(default=None, ge=1, le=12)
    denoising_strength: float | None = None
    restore_faces: bool | None = False
    tiling: bool | None = False
    eta: float | None = None
    s_churn: float | None = None
    s_tmin: float | None = None
    s_tmax: float | None = None
    s_noise: float | None = None
    s_min_uncond: float | None = None
    refiner_checkpoint: str | None = None
    disable_extra_networks: bool | None = False
    firstpass_image: str | None = None
    infotext: str | None = None
    script_name: str | None = None
    script_args: list[Any] | None = None
    alwayson_scripts: dict[str, Any] | None = None
    override_settings: OptionsBody | None = Field(default=None, description="Settings for this request only.")
    override_settings_restore_afterwards: bool | None = True
    send_images: bool | None = True
    save_images: bool | None = Field(default=False, description="Makes no difference: the job keeps its pictures.")

    @property
    def count(self) -> int:
        """How many pictures."""
        return (self.batch_size or 1) * (self.n_iter or 1)


class Txt2ImgBody(DrawBody):
    """What to draw from words."""

    enable_hr: bool | None = False


class Img2ImgBody(DrawBody):
    """What to redraw, or where `mask` is white, to repaint."""

    init_images: list[str] | None = Field(default=None, description="One image: base64 or a data URL.")
    include_init_images: bool | None = False
    resize_mode: int | None = Field(default=0, ge=0, le=3, description="0 stretch, 1 crop, 2 fill the borders.")
    mask: str | None = Field(default=None, description="White is repainted, or what is opaque in it.")
    mask_blur: int | None = Field(default=None, ge=0, le=64)
    mask_blur_x: int | None = Field(default=None, ge=0, le=64)
    mask_blur_y: int | None = Field(default=None, ge=0, le=64)
    mask_round: bool | None = True
    inpainting_mask_invert: bool | None = False
    inpainting_fill: int | None = Field(default=0, ge=0, le=3, description="0 fill, 1 original.")
    inpaint_full_res: bool | None = Field(
        default=None, description="Draw only the masked part, at full size. Left out: false."
    )
    inpaint_full_res_padding: int | None = Field(default=32, ge=0, le=4096)
    initial_noise_multiplier: float | None = None
    image_cfg_scale: float | None = None

    @property
    def blurs(self) -> tuple[int, int]:
        """How much the mask is blurred across and down, in pixels; a direction that is not named has A1111's 4."""
        if self.mask_blur is not None:
            return self.mask_blur, self.mask_blur
        across, down = self.mask_blur_x, self.mask_blur_y
        return _MASK_BLUR if across is None else across, _MASK_BLUR if down is None else down


class DrawReply(Value):
    """The pictures in base64, the request as it was understood, and `info`: JSON in a string."""

    images: list[str]
    parameters: dict[str, Any]
    info: str
