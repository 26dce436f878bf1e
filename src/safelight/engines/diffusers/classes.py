"""Which diffusers pipeline class draws in which mode."""

from __future__ import annotations

from typing import Any

import diffusers

from safelight.domain.request import Mode

_SIBLINGS = {
    "StableDiffusionPipeline": {
        Mode.TEXT_TO_IMAGE: "StableDiffusionPipeline",
        Mode.IMAGE_TO_IMAGE: "StableDiffusionImg2ImgPipeline",
        Mode.INPAINT: "StableDiffusionInpaintPipeline",
    },
    "StableDiffusionXLPipeline": {
        Mode.TEXT_TO_IMAGE: "StableDiffusionXLPipeline",
        Mode.IMAGE_TO_IMAGE: "StableDiffusionXLImg2ImgPipeline",
        Mode.INPAINT: "StableDiffusionXLInpaintPipeline",
    },
}
_AUTO = {
    Mode.TEXT_TO_IMAGE: "AutoPipelineForText2Image",
    Mode.IMAGE_TO_IMAGE: "AutoPipelineForImage2Image",
    Mode.INPAINT: "AutoPipelineForInpainting",
}


def pipeline_class(name: str | None, mode: Mode) -> Any:
    """The class to call `from_pretrained` or `from_pipe` on.

    Stable Diffusion 1, 2 and XL are named outright, because AutoPipeline imports every pipeline there is (over a
    second); it decides for all others.

    Args:
        name: Class name in a folder's `model_index.json`, or of a pipeline at hand.
        mode: What is to be drawn.
    """
    return getattr(diffusers, _SIBLINGS.get(name or "", _AUTO)[mode])
