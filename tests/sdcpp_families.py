"""Model files of every family that stable-diffusion.cpp draws, in published layouts, with random weights.

Widths are the published ones, because the library has them fixed. Where it counts blocks from the file (FLUX.1 and 2,
Chroma, Qwen-Image), there are as few as it takes; a language model keeps its blocks, by whose number the catalog
knows it, and has a narrow feed-forward, whose width the library reads from the file (`src/llm.hpp`). Matrices are q4_0.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from safelight.catalog.headers import read_header
from tests.unit.catalog.published import originals as o
from tests.unit.catalog.published import storing
from tests.unit.catalog.published.fixtures import LDM, ldm_unets, llama_names, nested, store
from tests.unit.catalog.published.originals import Shapes, under

_POOL = 1 << 18
_NIBBLE_DEVIATION = 4.32
"""Of whole numbers from -7 to 7, all as likely."""

_TABLES = ("token_embedding.weight", "token_embd.weight", "positional_embedding", "position_embedding.weight")
"""Ends of the names of what is looked up rather than multiplied with."""

_INNER = 256
"""Width of the language models' feed-forward."""


@dataclass(frozen=True)
class Family:
    """Files of a member of a family, and what to ask of it.

    Attributes:
        architecture: What the catalog must call it.
        parts: Names of the model file's companions in `COMPANIONS`.
        shapes: The model file's tensors.
        options: Of the drawing, where they differ from the test's own.
        start: Whether it starts from a picture (`i2i`) or paints in one (`inpaint`).
    """

    architecture: str
    shapes: Callable[[], Shapes]
    parts: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    start: str = ""


def _narrow(config: str) -> Shapes:
    """A language model under llama.cpp's names, with a narrow feed-forward and without the head, which is not read."""
    shapes = {name: shape for name, shape in llama_names(config).items() if name != "output.weight"}
    wide = shapes["blk.0.ffn_gate.weight"][0]
    return {name: tuple(_INNER if side == wide else side for side in shape) for name, shape in shapes.items()}


def _residual(name: str, inputs: int, outputs: int) -> Shapes:
    shapes: Shapes = {f"{name}.residual.0.gamma": (inputs, 1, 1, 1), f"{name}.residual.3.gamma": (outputs, 1, 1, 1)}
    shapes |= o.conv(f"{name}.residual.2", outputs, inputs, (3, 3, 3))
    shapes |= o.conv(f"{name}.residual.6", outputs, outputs, (3, 3, 3))
    return shapes | (o.conv(f"{name}.shortcut", outputs, inputs, (1, 1, 1)) if inputs != outputs else {})


def _middle(name: str, width: int) -> Shapes:
    shapes = _residual(f"{name}.0", width, width) | _residual(f"{name}.2", width, width)
    shapes |= {f"{name}.1.norm.gamma": (width, 1, 1)}
    return shapes | o.conv(f"{name}.1.to_qkv", 3 * width, width, o.ONE) | o.conv(f"{name}.1.proj", width, width, o.ONE)


def wan_vae(latent: int = 16, width: int = 96) -> Shapes:
    """Wan-Video/Wan2.1's WanVAE_ (wan/modules/vae.py), which Qwen-Image has too."""
    widths = [width, width, 2 * width, 4 * width, 4 * width]
    shapes = o.conv("encoder.conv1", width, 3, (3, 3, 3))
    index = 0
    for level, (inputs, outputs) in enumerate(pairwise(widths)):
        for step in range(2):
            shapes |= _residual(f"encoder.downsamples.{index}", outputs if step else inputs, outputs)
            index += 1
        if level < 3:
            shapes |= o.conv(f"encoder.downsamples.{index}.resample.1", outputs, outputs, o.THREE)
            if level:
                shapes |= o.conv(f"encoder.downsamples.{index}.time_conv", outputs, outputs, (3, 1, 1))
            index += 1
    shapes |= _middle("encoder.middle", 4 * width) | {"encoder.head.0.gamma": (4 * width, 1, 1, 1)}
    shapes |= o.conv("encoder.head.2", 2 * latent, 4 * width, (3, 3, 3))
    shapes |= o.conv("conv1", 2 * latent, 2 * latent, (1, 1, 1)) | o.conv("conv2", latent, latent, (1, 1, 1))
    shapes |= o.conv("decoder.conv1", 4 * width, latent, (3, 3, 3)) | _middle("decoder.middle", 4 * width)
    index = 0
    for level, (inputs, outputs) in enumerate(pairwise([4 * width, *reversed(widths[1:])])):
        for step in range(3):
            first = inputs // 2 if level else inputs
            shapes |= _residual(f"decoder.upsamples.{index}", outputs if step else first, outputs)
            index += 1
        if level < 3:
            shapes |= o.conv(f"decoder.upsamples.{index}.resample.1", outputs // 2, outputs, o.THREE)
            if level < 2:
                shapes |= o.conv(f"decoder.upsamples.{index}.time_conv", 2 * outputs, outputs, (3, 1, 1))
            index += 1
    return shapes | {"decoder.head.0.gamma": (width, 1, 1, 1)} | o.conv("decoder.head.2", 3, width, (3, 3, 3))


COMPANIONS: dict[str, tuple[str, Callable[[], Shapes]]] = {
    "kl_4": ("vae/kl_4.safetensors", lambda: o.ldm_vae(4, quantised=True)),
    "kl_16": ("vae/kl_16.safetensors", lambda: o.ldm_vae(16, quantised=False)),
    "kl_32": ("vae/kl_32.safetensors", lambda: o.ldm_vae(32, quantised=True)),
    "wan_16": ("vae/wan_16.safetensors", wan_vae),
    "taesd_4": ("vae/taesd_4.safetensors", lambda: store()["taesd_4"]),
    "taesd_16": ("vae/taesd_16.safetensors", lambda: store()["taesd_16"]),
    "clip_l": ("text_encoders/clip_l.safetensors", lambda: nested("clip_l")),
    "clip_h": ("text_encoders/clip_h.safetensors", lambda: nested("openclip_h")),
    "clip_g": ("text_encoders/clip_g.safetensors", lambda: store()["clip_g"]),
    "t5xxl": ("text_encoders/t5xxl.gguf", lambda: llama_names("t5xxl")),
    "qwen3_4b": ("text_encoders/qwen3_4b.gguf", lambda: _narrow("qwen3_4b")),
    "qwen25_vl_7b": ("text_encoders/qwen25_vl_7b.gguf", lambda: _narrow("qwen25_vl_7b")),
}
"""Companion → its file and tensors."""


def write(path: Path, shapes: Shapes) -> Path:
    """Write a model file with random weights, by its ending GGUF in q4_0 or safetensors in f16."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".gguf":
        storing.write_gguf(path, storing.blocks(shapes, "Q4_0"))
    else:
        storing.write_safetensors(path, storing.plain(shapes))
    header = read_header(path)
    with path.open("r+b") as file:
        for name, tensor in header.tensors.items():
            file.seek(tensor.offset)
            for piece in _numbers(name, shapes[name], tensor.dtype):
                file.write(piece)
    return path


def _numbers(name: str, shape: tuple[int, ...], dtype: str) -> Iterator[bytes]:
    """A tensor's bytes: norms are nearly identities, biases zero, and every layer keeps the size of its input."""
    count, ones = prod(shape), name.endswith((".scale", "gamma")) or (len(shape) == 1 and name.endswith("weight"))
    if ones or name.endswith("bias"):
        yield np.full(count, 1 if ones else 0.01, np.float16).tobytes()
        return
    deviation = 1.0 if name.endswith(_TABLES) else prod(shape[1:]) ** -0.5
    pool = _blocks(deviation) if dtype == "Q4_0" else _halves(deviation)
    left, place = count // (32 if dtype == "Q4_0" else 1), zlib.crc32(name.encode()) % _POOL
    while left > 0:
        piece = pool[place : place + left]
        yield piece.tobytes()
        left, place = left - len(piece), 0


@cache
def _halves(deviation: float) -> NDArray[Any]:
    return (np.random.default_rng(1).standard_normal(_POOL, np.float32) * deviation).astype(np.float16)


@cache
def _blocks(deviation: float) -> NDArray[Any]:
    """Blocks of q4_0: a scale, and 32 numbers of 4 bits, of which 8 is zero."""
    made = np.zeros(_POOL, np.dtype([("scale", np.float16), ("numbers", np.uint8, 16)]))
    low, high = np.random.default_rng(2).integers(1, 16, (2, _POOL, 16), np.uint8)
    made["scale"], made["numbers"] = deviation / _NIBBLE_DEVIATION, low | high << 4
    return made


def _whole(unet: str, *encoders: tuple[str, Callable[[], Shapes]]) -> Callable[[], Shapes]:
    """A checkpoint in LDM layout."""

    def shapes() -> Shapes:
        found = under(LDM, _UNETS[unet]() if unet in _UNETS else ldm_unets()[unet])
        found |= under("first_stage_model.", o.ldm_vae(4, quantised=True))
        for prefix, encoder in encoders:
            found |= under(prefix, encoder())
        return found

    return shapes


_UNETS: dict[str, Callable[[], Shapes]] = {
    "sd1_tiny": lambda: o.ldm_tiny(768, top=True),
    "sdxs": lambda: o.ldm_tiny(768, top=False),
    "sd2_tiny": lambda: o.ldm_tiny(1024, top=True, flat=True),
}
_CLIP_L = ("cond_stage_model.transformer.", lambda: nested("clip_l"))
_CLIP_H = ("cond_stage_model.model.", lambda: o.openclip(1024, 24))
_XL = (
    ("conditioner.embedders.0.transformer.", lambda: nested("clip_l")),
    ("conditioner.embedders.1.model.", lambda: o.openclip(1280, 32)),
)


def _first(shapes: Shapes, **blocks: int) -> Shapes:
    """Of each group of blocks the first few."""
    for group, count in blocks.items():
        numbers = {name: name.removeprefix(f"{group}.").partition(".") for name in shapes if name.startswith(group)}
        shapes = {n: shape for n, shape in shapes.items() if n not in numbers or int(numbers[n][0]) < count}
    return shapes


_T5_AND_CLIP = ("kl_16", "clip_l", "t5xxl")

FAMILIES: dict[str, Family] = {
    "sd1": Family("sd1", _whole("sd1", _CLIP_L)),
    "sd1_inpaint": Family("sd1", _whole("sd1_inpaint", _CLIP_L), start="inpaint"),
    "sd1_tiny": Family("sd1_tiny", _whole("sd1_tiny", _CLIP_L)),
    "sd2": Family("sd2", _whole("sd2", _CLIP_H)),
    "sd2_tiny": Family("sd2_tiny", _whole("sd2_tiny", _CLIP_H)),
    "sdxs": Family("sdxs", lambda: under(LDM, o.ldm_tiny(768, top=False)), ("taesd_4", "clip_l"), {"steps": 1}),
    "sdxl": Family("sdxl", _whole("sdxl", *_XL)),
    "sdxl_inpaint": Family("sdxl", _whole("sdxl_inpaint", *_XL), start="inpaint"),
    "ssd1b": Family("ssd1b", _whole("ssd1b", *_XL)),
    "vega": Family("vega", _whole("vega", *_XL)),
    "sd3": Family("sd3", lambda: o.sd3(1536, 24, 192), ("kl_16", "clip_l", "clip_g", "t5xxl")),
    "sd35_medium": Family("sd3", lambda: o.sd3(1536, 24, 384, normed=True, dual=13), ("kl_16", "clip_l", "clip_g")),
    "sd35_large": Family("sd3", lambda: o.sd3(2432, 38, 192, normed=True), ("kl_16", "clip_l", "clip_g")),
    "flux_schnell": Family("flux", lambda: o.flux(guided=False, double=1, single=2), _T5_AND_CLIP),
    "flux_dev": Family("flux", lambda: o.flux(guided=True, double=1, single=2), _T5_AND_CLIP),
    "flux_fill": Family("flux", lambda: o.flux(384, guided=True, double=1, single=1), _T5_AND_CLIP, start="inpaint"),
    "flux_control": Family("flux", lambda: o.flux(128, guided=True, double=1, single=1), _T5_AND_CLIP, start="i2i"),
    "flux2_klein_4b": Family("flux2", lambda: o.flux2(24, 1, 2, 7680, guided=False), ("kl_32", "qwen3_4b")),
    "chroma": Family("chroma", lambda: _first(o.chroma(), double_blocks=1, single_blocks=2), ("kl_16", "t5xxl")),
    "chroma_radiance": Family(
        "chroma_radiance", lambda: _first(o.radiance(), double_blocks=1, single_blocks=2), ("t5xxl",)
    ),
    "qwen_image": Family(
        "qwen_image", lambda: _first(store()["qwen_image"], transformer_blocks=2), ("wan_16", "qwen25_vl_7b")
    ),
    "z_image": Family("z_image", o.z_image, ("kl_16", "qwen3_4b")),
}
"""A member of every family in sdcpp's spec, and more than one where they run by other code."""
