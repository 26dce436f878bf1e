"""Wan 2.1 and 2.2: video transformers with UMT5 XXL, from text, from a first picture, from a first and a last one.

Wan 2.1 T2V 14B and both halves (high and low noise) of Wan 2.2 T2V A14B have the same tensors, and so have both halves
of I2V A14B: a header can't tell the halves apart.
Sources: https://github.com/Wan-Video/Wan2.1 (wan/modules/model.py) and Wan2.2 (wan/configs); transformer/config.json of
the Wan-AI/…-Diffusers repositories.
"""

from __future__ import annotations

from safelight.catalog.architectures.base import Architecture, Companion, Modules, Need, Signature, Variant
from safelight.catalog.architectures.modules import feed_forward, merged
from safelight.catalog.architectures.signature import DIFFUSION_ROOTS, Layout, Shape
from safelight.domain.models import Defaults, ModelKind, Role
from safelight.domain.request import Mode, Size

_WIDTHS = {1536: 8960, 3072: 14_336, 5120: 13_824}
"""Width of the states → of the feed-forward layers: 1.3B, 5B, 14B."""

_OTHERS = (
    "motion_encoder.dec.direction.weight",
    "casual_audio_encoder.weights",
    "control_adapter.conv.weight",
    "ref_conv.weight",
    "audio_proj.audio_proj_glob_1.layer.weight",
)
"""Wan Animate, S2V, Fun Camera, Fun Control and talking heads, which need more than pictures and text."""

_IMAGE = {"original": "img_emb.proj.0.weight", "diffusers": "condition_embedder.image_embedder.norm1.weight"}
_LAST = {"original": "img_emb.emb_pos", "diffusers": "condition_embedder.image_embedder.pos_embed"}
_VACE = {"original": "vace_blocks.0.after_proj.bias", "diffusers": "vace_blocks.0.proj_out.bias"}


def _layouts(
    width: int | None,
    channels: int,
    has: tuple[dict[str, str], ...] = (),
    lacks: tuple[dict[str, str], ...] = (),
) -> tuple[Layout, ...]:
    tables: tuple[tuple[str, dict[str, Shape | None]], ...] = (
        ("original", {"head.modulation": (1, 2, width), "blocks.0.cross_attn.norm_k.weight": (width,)}),
        (
            "diffusers",
            {"scale_shift_table": (1, 2, width), "blocks.0.attn2.norm_k.weight": (width,)},
        ),
    )
    return tuple(
        Layout(
            style,
            {
                **tensors,
                "patch_embedding.weight": (width, channels, 1, 2, 2),
                **{names[style]: None for names in has},
            },
            (*_OTHERS, *(names[style] for names in lacks)),
            DIFFUSION_ROOTS,
        )
        for style, tensors in tables
    )


def _members(
    channels: int, has: tuple[dict[str, str], ...] = (), lacks: tuple[dict[str, str], ...] = ()
) -> tuple[Layout, ...]:
    return tuple(layout for width in (1536, 5120) for layout in _layouts(width, channels, has, lacks))


def _modules(width: int, inner: int) -> Modules:
    pairs = ((width, width),)
    table: dict[str, tuple[tuple[int, int], ...]] = {
        "blocks_N_ffn_N": ((inner, width), (width, inner)),
        "text_embedding_N": ((width, 4096), *pairs),
        "time_embedding_N": ((width, 256), *pairs),
        "time_projection_N": ((6 * width, width),),
        "head_head": ((64, width), (192, width)),
    }
    for attention in ("self_attn", "cross_attn"):
        for name in ("q", "k", "v", "o", "k_img", "v_img"):
            table[f"blocks_N_{attention}_{name}"] = pairs
    for attention in ("attn1", "attn2"):
        for name in ("to_q", "to_k", "to_v", "to_out_N", "add_k_proj", "add_v_proj"):
            table[f"blocks_N_{attention}_{name}"] = pairs
    return merged(table, feed_forward("blocks_N_ffn_", width, inner))


_TEXT, _PICTURE = frozenset({Mode.TEXT_TO_IMAGE}), frozenset({Mode.IMAGE_TO_IMAGE})
_VAE, _T5 = Need(Role.VAE, ("wan_16",)), Need(Role.T5XXL, ("umt5xxl",))
_VISION = Need(Role.CLIP_VISION, ("clip_vision_h",))
_DEFAULTS = Defaults(size=Size(width=832, height=480), steps=30, cfg_scale=6.0, sampler="euler", scheduler="discrete")
_CALMER = _DEFAULTS.model_copy(update={"cfg_scale": 5.0})
_T2V_14B = _layouts(5120, 16, (), (_IMAGE, _VACE))
_I2V_A14B = _layouts(5120, 36, (), (_IMAGE,))

ARCHITECTURES = (
    Architecture(
        name="wan",
        label="Wan",
        signature=Signature(
            pipelines=("Wan", "WanImageToVideo", "WanVACE"),
            metadata=("wan",),
            layouts=(*_members(16), *_members(36), *_layouts(3072, 48)),
            modules=merged(*(_modules(width, inner) for width, inner in _WIDTHS.items())),
            blocks={"blocks": 40},
        ),
        defaults=_DEFAULTS,
        prediction="flow",
        needs=(_VAE, _T5),
        modes=_TEXT,
        variants=(
            Variant(
                "Wan 2.2 TI2V 5B", _layouts(3072, 48), _TEXT | _PICTURE, _CALMER, (Need(Role.VAE, ("wan_48",)), _T5)
            ),
            Variant("Wan 2.1 VACE", _members(16, (_VACE,)), _TEXT | _PICTURE, _CALMER),
            Variant("Wan 2.1 FLF2V 14B", _members(36, (_IMAGE, _LAST)), _PICTURE, _CALMER, (_VAE, _T5, _VISION)),
            Variant("Wan 2.1 I2V", _members(36, (_IMAGE,)), _PICTURE, _CALMER, (_VAE, _T5, _VISION)),
            Variant(
                "Wan 2.2 I2V A14B, one of its halves",
                _I2V_A14B,
                _PICTURE,
                _CALMER,
                (_VAE, _T5, Need(Role.HIGH_NOISE, ("wan22_i2v_a14b",), optional=True)),
            ),
            Variant("Wan 2.1 T2V 1.3B", _layouts(1536, 16, (), (_IMAGE, _VACE))),
            Variant(
                "Wan 2.1 T2V 14B, or one of the halves of Wan 2.2 T2V A14B",
                _T2V_14B,
                None,
                None,
                (_VAE, _T5, Need(Role.HIGH_NOISE, ("wan_t2v_14b",), optional=True)),
            ),
        ),
    ),
)

COMPANIONS = tuple(
    Companion(name, label, Role.HIGH_NOISE, ModelKind.DIFFUSION_MODEL, layouts)
    for name, label, layouts in (
        ("wan_t2v_14b", "Wan T2V 14B", _T2V_14B),
        ("wan22_i2v_a14b", "Wan 2.2 I2V A14B", _I2V_A14B),
    )
)
