"""Z-Image and its turbo: a single stream of 30 blocks, Qwen3 4B for text, the VAE of FLUX.1.

Sources: https://github.com/Tongyi-MAI/Z-Image; transformer/config.json of Tongyi-MAI/Z-Image-Turbo.
"""

from __future__ import annotations

from safelight.catalog.architectures.base import Architecture, Modules, Need, Signature
from safelight.catalog.architectures.signature import DIFFUSION_ROOTS, Layout
from safelight.domain.models import Defaults, Role
from safelight.domain.request import Size

_WIDTH, _TEXT, _INNER = 3840, 2560, 10_240


def _modules() -> Modules:
    table: dict[str, tuple[tuple[int, int], ...]] = {}
    for group in ("layers", "noise_refiner", "context_refiner"):
        block = f"{group}_N_"
        table[f"{block}attention_qkv"] = ((3 * _WIDTH, _WIDTH),)
        for name in ("out", "to_q", "to_k", "to_v", "to_out_N"):
            table[f"{block}attention_{name}"] = ((_WIDTH, _WIDTH),)
        for name in ("w1", "w3"):
            table[f"{block}feed_forward_{name}"] = ((_INNER, _WIDTH),)
        table[f"{block}feed_forward_w2"] = ((_WIDTH, _INNER),)
        table[f"{block}adaLN_modulation_N"] = ((4 * _WIDTH, 256),)
    return table


ARCHITECTURES = (
    Architecture(
        name="z_image",
        label="Z-Image",
        signature=Signature(
            pipelines=("ZImage",),
            metadata=("zimage", "z-image", "z_image"),
            layouts=tuple(
                Layout(
                    style,
                    {
                        "cap_embedder.0.weight": (_TEXT,),
                        "layers.0.adaLN_modulation.0.bias": (4 * _WIDTH,),
                        picture: (_WIDTH, 64),
                    },
                    (),
                    DIFFUSION_ROOTS,
                )
                for style, picture in (("original", "x_embedder.weight"), ("diffusers", "all_x_embedder.2-1.weight"))
            ),
            modules=_modules(),
            blocks={"layers": 30, "noise_refiner": 2, "context_refiner": 2},
        ),
        defaults=Defaults(
            size=Size(width=1024, height=1024), steps=9, cfg_scale=1.0, sampler="euler", scheduler="discrete"
        ),
        prediction="flow",
        needs=(Need(Role.VAE, ("kl_16",)), Need(Role.LLM, ("qwen3_4b",))),
    ),
)
