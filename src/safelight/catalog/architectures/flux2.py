"""FLUX.2: modulations shared by all blocks, a language model for text, 32 latent channels in patches of two.

Sources: https://github.com/black-forest-labs/flux2; transformer/config.json of FLUX.2-dev, FLUX.2-klein-4B and -9B.
"""

from __future__ import annotations

from safelight.catalog.architectures.base import Architecture, Modules, Need, Signature, Variant
from safelight.catalog.architectures.modules import double_blocks, joint_attention, merged
from safelight.catalog.architectures.signature import DIFFUSION_ROOTS, Layout
from safelight.domain.models import Defaults, Role
from safelight.domain.request import Size

_DEV, _KLEIN_4B, _KLEIN_9B = (6144, 15_360), (3072, 7680), (4096, 12_288)
"""Width of the states and of the text."""


def _layouts(*sizes: tuple[int, int]) -> tuple[Layout, ...]:
    return tuple(
        Layout(
            style,
            {
                modulation: (6 * width, width),
                picture: (width, 128),
                words: (width, text),
            },
            (),
            DIFFUSION_ROOTS,
        )
        for width, text in sizes
        for style, modulation, picture, words in (
            ("original", "double_stream_modulation_img.lin.weight", "img_in.weight", "txt_in.weight"),
            (
                "diffusers",
                "double_stream_modulation_img.linear.weight",
                "x_embedder.weight",
                "context_embedder.weight",
            ),
        )
    )


def _modules(width: int) -> Modules:
    block, single = "transformer_blocks_N_", "single_transformer_blocks_N_attn_"
    table: dict[str, tuple[tuple[int, int], ...]] = {
        f"{single}to_qkv_mlp_proj": ((9 * width, width),),
        f"{single}to_out": ((width, 4 * width),),
        "single_stream_modulation_lin": ((3 * width, width),),
        "single_stream_modulation_linear": ((3 * width, width),),
    }
    for side in ("img", "txt"):
        table[f"double_stream_modulation_{side}_lin"] = ((6 * width, width),)
        table[f"double_stream_modulation_{side}_linear"] = ((6 * width, width),)
    for name in ("ff", "ff_context"):
        table[f"{block}{name}_linear_in"] = ((6 * width, width),)
        table[f"{block}{name}_linear_out"] = ((width, 3 * width),)
    plain = double_blocks(width, inner=6 * width, joined=9 * width, out=4 * width)
    return merged(table, plain, joint_attention(block, width))


def _needs(llm: str) -> tuple[Need, ...]:
    return (Need(Role.VAE, ("kl_32",)), Need(Role.LLM, (llm,)))


_DEFAULTS = Defaults(size=Size(width=1024, height=1024), steps=28, cfg_scale=1.0, sampler="euler", scheduler="discrete")
_KLEIN = _DEFAULTS.model_copy(update={"steps": 4})

ARCHITECTURES = (
    Architecture(
        name="flux2",
        label="FLUX.2",
        signature=Signature(
            pipelines=("Flux2", "Flux2Klein"),
            metadata=("flux2", "flux-2"),
            layouts=_layouts(_DEV, _KLEIN_4B, _KLEIN_9B),
            modules=merged(*(_modules(width) for width, _ in (_DEV, _KLEIN_4B, _KLEIN_9B))),
            blocks={
                "double_blocks": 8,
                "single_blocks": 48,
                "transformer_blocks": 8,
                "single_transformer_blocks": 48,
            },
        ),
        defaults=_DEFAULTS,
        prediction="flow",
        needs=_needs("mistral_small_24b"),
        variants=(
            Variant("FLUX.2 dev", _layouts(_DEV)),
            Variant("FLUX.2 klein 4B", _layouts(_KLEIN_4B), None, _KLEIN, _needs("qwen3_4b")),
            Variant("FLUX.2 klein 9B", _layouts(_KLEIN_9B), None, _KLEIN, _needs("qwen3_8b")),
        ),
    ),
)
