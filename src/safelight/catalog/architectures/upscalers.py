"""Upscalers: ESRGAN's RRDBNet in its old and new layout, and Real-ESRGAN's compact one.

Sources: https://github.com/xinntao/ESRGAN (RRDBNet_arch.py), https://github.com/XPixelGroup/BasicSR (rrdbnet_arch.py)
and https://github.com/xinntao/Real-ESRGAN (srvgg_arch.py).
"""

from __future__ import annotations

from safelight.catalog.architectures.base import AddOn
from safelight.catalog.architectures.signature import Layout
from safelight.domain.models import ModelKind

_ROOTS = ("", "params_ema.", "params.", "module.", "state_dict.", "model.")

ADD_ONS = (
    AddOn(
        "an ESRGAN upscaler",
        ModelKind.UPSCALER,
        (
            Layout(
                "Real-ESRGAN",
                {"conv_first.weight": (None, None, 3, 3), "body.0.rdb1.conv1.weight": (None, None, 3, 3)},
                (),
                _ROOTS,
            ),
            Layout(
                "old ESRGAN",
                {"model.0.weight": (None, None, 3, 3), "model.1.sub.0.RDB1.conv1.0.weight": (None, None, 3, 3)},
                (),
                _ROOTS,
            ),
            Layout(
                "first ESRGAN",
                {"conv_first.weight": (None, None, 3, 3), "RRDB_trunk.0.RDB1.conv1.weight": (None, None, 3, 3)},
                (),
                _ROOTS,
            ),
        ),
    ),
    AddOn(
        "a compact Real-ESRGAN upscaler",
        ModelKind.UPSCALER,
        (Layout("Real-ESRGAN", {"body.0.weight": (64, 3, 3, 3), "body.1.weight": (64,)}, (), _ROOTS),),
    ),
)
