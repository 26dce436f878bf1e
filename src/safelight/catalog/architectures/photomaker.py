"""PhotoMaker: an image encoder with a module that fuses what it sees into SDXL's text.

Sources: https://github.com/TencentARC/PhotoMaker (photomaker/model.py, model_v2.py); stable-diffusion.cpp, pmid.hpp.
"""

from __future__ import annotations

from safelight.catalog.architectures.base import AddOn
from safelight.catalog.architectures.signature import Layout
from safelight.domain.models import ModelKind

_ROOTS = ("", "pmid.", "id_encoder.")
_FUSE = "fuse_module.mlp1.fc1.weight"
_TOKENS = "qformer_perceiver.token_proj.0.weight"

ADD_ONS = (
    AddOn(
        "PhotoMaker",
        ModelKind.PHOTOMAKER,
        (Layout("original", {_FUSE: (2048, 4096), "visual_projection_2.weight": (1280, 1024)}, (_TOKENS,), _ROOTS),),
        "sdxl",
    ),
    AddOn(
        "PhotoMaker v2",
        ModelKind.PHOTOMAKER,
        (Layout("original", {_FUSE: (2048, 4096), _TOKENS: None}, (), _ROOTS),),
        "sdxl",
    ),
)
