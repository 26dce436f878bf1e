"""CLIP image encoders under the names of transformers and OpenCLIP.

Sources: config.json of openai/clip-vit-large-patch14 and laion/CLIP-ViT-H-14-laion2B-s32B-b79K; Wan-AI/Wan2.1-I2V-14B's
`models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth` (wan/modules/clip.py).
"""

from __future__ import annotations

from safelight.catalog.architectures.base import Companion
from safelight.catalog.architectures.signature import Layout
from safelight.domain.models import ModelKind, Role

_ROOTS = ("", "cond_stage_model.transformer.", "clip_vision.")


def _vision(width: int, *, alone: bool) -> tuple[Layout, ...]:
    return (
        Layout(
            "transformers",
            {
                "vision_model.embeddings.patch_embedding.weight": (width, 3, 14, 14),
                "vision_model.post_layernorm.weight": (width,),
            },
            ("fuse_module.mlp1.fc1.weight", *(("text_model.final_layer_norm.weight",) if alone else ())),
            _ROOTS,
        ),
        Layout("OpenCLIP", {"visual.conv1.weight": (width, 3, 14, 14), "visual.ln_post.weight": (width,)}),
        Layout("Wan", {"visual.patch_embedding.weight": (width, 3, 14, 14), "visual.post_norm.weight": (width,)}),
    )


COMPANIONS = (
    Companion(
        name="clip_vision_l",
        label="CLIP ViT-L/14's image encoder",
        role=Role.CLIP_VISION,
        kind=ModelKind.CLIP_VISION,
        layouts=_vision(1024, alone=True),
        width=1024,
    ),
    Companion(
        name="clip_vision_h",
        label="OpenCLIP ViT-H/14's image encoder",
        role=Role.CLIP_VISION,
        kind=ModelKind.CLIP_VISION,
        layouts=_vision(1280, alone=False),
        width=1280,
    ),
)
