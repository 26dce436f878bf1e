"""What requests ask for that is not offered: refused when the picture would be another, else noted in `info`."""

from __future__ import annotations

import re
from typing import Any

from safelight.domain.errors import InvalidInput, NotBuilt
from safelight.server.orders import refuse_unbuilt
from safelight.server.routes.a1111.bodies import DrawBody, Img2ImgBody, OptionsBody, Txt2ImgBody

_NETWORK = re.compile(r"<(lora|lyco|hypernet):([^:>]*)", re.IGNORECASE)
_NO_VAE = ("", "automatic", "none")
_WITHOUT_EFFECT = {
    "eta": (0.0, 1.0),
    "s_churn": (0.0,),
    "s_noise": (1.0,),
    "s_min_uncond": (0.0,),
    "initial_noise_multiplier": (1.0,),
    "mask_round": (True,),
}
"""Parameter → values that are A1111's own defaults. `eta` has one for ancestral samplers and one for the others."""

_FILL, _ORIGINAL = 0, 1
_LATENT_UPSCALE = 3


def refuse(body: DrawBody) -> None:
    """Raise NotBuilt, or InvalidInput, for the first thing that is asked for and not offered."""
    for asked, what in _unbuilt(body):
        if asked:
            raise refuse_unbuilt(what)
    if body.styles and any(body.styles):
        raise InvalidInput(f"There is no prompt style {body.styles[0][:80]!r}.", hint="There are none here.")
    if body.script_name:
        raise InvalidInput(f"There is no script {body.script_name[:80]!r}.", hint="There are none here.")
    for name, script in (body.alwayson_scripts or {}).items():
        if _is_on(script):
            raise refuse_unbuilt(f"The script {name[:80]!r}")
    if not body.disable_extra_networks:
        for text in (body.prompt, body.negative_prompt):
            if found := _NETWORK.search(text or ""):
                raise NotBuilt(
                    f"The prompt names the network {found[2][:80]!r}, and those are not built yet.",
                    hint=f"Take <{found[1]}:…> out of it.",
                )


def refuse_settings(given: OptionsBody) -> None:
    """Raise NotBuilt for a setting that would change pictures and is not offered."""
    if given.sd_vae and given.sd_vae.lower() not in _NO_VAE:
        raise refuse_unbuilt(f"Another VAE ({given.sd_vae[:80]!r})")
    if any(given.forge_additional_modules or ()):
        raise refuse_unbuilt("Choosing VAE and text encoders")


def notes_on(body: DrawBody) -> list[str]:
    """A sentence for everything in the request that was not applied."""
    notes = []
    for name, harmless in _WITHOUT_EFFECT.items():
        value = getattr(body, name, None)
        if value is not None and value not in harmless:
            notes.append(f"{name} {value} was not applied.")
    known = OptionsBody.model_fields
    given = body.override_settings.model_fields_set if body.override_settings else ()
    notes += [f"override_settings.{name[:80]} was not applied." for name in sorted(given) if name not in known]
    return notes


def _unbuilt(body: DrawBody) -> list[tuple[bool, str]]:
    asked = [
        (bool(body.tiling), "Tiling"),
        (bool(body.restore_faces), "Restoring faces"),
        ((body.subseed_strength or 0) > 0, "A variation seed"),
        (max(body.seed_resize_from_w or 0, body.seed_resize_from_h or 0) > 0, "Resizing from a seed"),
        (bool(body.refiner_checkpoint) and body.refiner_checkpoint != "None", "A refiner"),
        (bool(body.firstpass_image), "A first-pass image"),
        (bool(body.infotext), "Reading parameters from an infotext"),
    ]
    if isinstance(body, Txt2ImgBody):
        asked.append((bool(body.enable_hr), "The hires fix"))
    if isinstance(body, Img2ImgBody):
        asked += [
            (body.resize_mode == _LATENT_UPSCALE, "Resizing latents (resize_mode 3)"),
            (len(body.init_images or ()) > 1, "More than one init image"),
            (bool(body.mask) and body.blurs[0] != body.blurs[1], "Another mask blur for each direction"),
            (
                bool(body.mask) and body.inpainting_fill not in (None, _FILL, _ORIGINAL),
                f"inpainting_fill {body.inpainting_fill}",
            ),
        ]
    return asked


def _is_on(script: Any) -> bool:
    """Whether a script is given something to do. Clients switch those off that they don't want: `[false]`, `[]`."""
    arguments = script.get("args") if isinstance(script, dict) else script
    if not isinstance(arguments, list):
        return bool(arguments)
    return any(
        argument.get("enabled", True) is not False if isinstance(argument, dict) else bool(argument)
        for argument in arguments
    )
