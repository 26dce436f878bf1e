"""What the library would pass over in silence, or with a warning nobody sees, is refused instead."""

from __future__ import annotations

import re

from safelight.domain.errors import InvalidInput
from safelight.domain.models import ModelInfo
from safelight.domain.request import GenerationRequest, Mode
from safelight.engines.sdcpp.families import DISTILLED, EDITING, SKIPPING, UNETS, XL, follows_a_picture
from safelight.engines.sdcpp.options import Companions, DrawOptions

_TRIGGER = re.compile(r"\bimg\b")
"""The word after which PhotoMaker puts the face (`FrozenCLIPEmbedderWithCustomWords`)."""


def refuse_what_has_no_effect(
    request: GenerationRequest, model: ModelInfo, options: DrawOptions, companions: Companions
) -> None:
    """Check that the options of a request do something with this model as it was loaded.

    Raises:
        InvalidInput: One does not; the message says which.
    """
    family = model.architecture or ""
    unet, cache = family in UNETS, options.cache.mode
    rules = (
        (family not in SKIPPING and options.layer_skip.layers, "layer_skip", "for Stable Diffusion 3, FLUX and Chroma"),
        (family not in XL and options.shifted_timestep, "shifted_timestep", "for Stable Diffusion XL only"),
        (
            unet and cache in {"easycache", "dbcache", "taylorseer", "cache_dit"},
            f"cache {cache}",
            "for transformers only",
        ),
        (not unet and cache == "ucache", "cache ucache", "for UNets only"),
        ((unet or family == "flux2") and options.flow_shift, "flow_shift", "not an input of this model"),
        (
            family not in DISTILLED and "distilled_guidance" in options.model_fields_set,
            "distilled_guidance",
            "for FLUX only",
        ),
        (
            model.modes != {Mode.INPAINT} and options.image_cfg_scale is not None,
            "image_cfg_scale",
            "for inpainting models only",
        ),
        (family not in EDITING and options.references, "references", "for FLUX and Qwen-Image only"),
    )
    for wrong, option, said in rules:
        if wrong:
            raise InvalidInput(f"With {model.id}, {option} has no effect: it is {said}.", hint="Leave it out.")
    if options.control and not companions.control_net and not follows_a_picture(model):
        raise InvalidInput("No ControlNet was loaded.", hint="Name one in the settings: companions.control_net.")
    if options.cache.start_percent >= options.cache.end_percent:
        raise InvalidInput("The cache would end before it starts.", hint="Raise end_percent.")
    _check_faces(request, options, companions)


def _check_faces(request: GenerationRequest, options: DrawOptions, companions: Companions) -> None:
    """The library turns PhotoMaker off for good when a drawing has no faces, and aborts without the trigger word."""
    if not companions.photo_maker:
        if options.photo_maker:
            raise InvalidInput("No PhotoMaker was loaded.", hint="Name one in the settings: companions.photo_maker.")
        return
    if not options.photo_maker:
        raise InvalidInput(
            "A PhotoMaker was loaded, and there is no face to draw.",
            hint="Set photo_maker.images, or take companions.photo_maker out of the settings.",
        )
    if not _TRIGGER.search(request.prompts.positive):
        raise InvalidInput(
            "PhotoMaker needs its trigger word in the prompt.", hint="For example: a woman img, smiling."
        )
    if "v2" in companions.photo_maker.name and not options.photo_maker.id_embed:
        raise InvalidInput("PhotoMaker 2 needs the face's embedding.", hint="Set photo_maker.id_embed.")
