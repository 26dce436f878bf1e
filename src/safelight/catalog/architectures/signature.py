"""Fingerprints: tensors that a file must have, with these shapes, and tensors that it must not have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

from safelight.catalog.headers import Header, TensorInfo

Side = int | tuple[int, ...] | None
Shape = tuple[Side, ...]
"""Sides of a tensor in torch's order: a number, one of several numbers, or None for any."""

DIFFUSION_ROOTS = ("", "model.diffusion_model.", "diffusion_model.", "transformer.", "model.")
"""What stands before the names of a diffusion model: nothing, LDM's and ComfyUI's prefix, diffusers' component."""

UNET_ROOTS = ("", "model.diffusion_model.", "unet.")

PACKED = "U8"
"""The number type into which two 4-bit numbers are packed (bitsandbytes nf4 and fp4, ComfyUI's nvfp4)."""

_MOST_IN_GGUF = 4
"""Dimensions that ggml's tensors have; the kernel of a 3-D convolution is stored with its first two merged."""


class Match(NamedTuple):
    """Where a layout was found in a file."""

    layout: Layout
    root: str
    witness: str

    def sentence(self, header: Header, label: str) -> str:
        """The fact that decided, for people."""
        sides = " x ".join(f"{side:,}" for side in header.tensors[self.witness].shape) or "a number"
        return f"{self.witness} is {sides} as in {label} ({self.layout.style} names)."


@dataclass(frozen=True, slots=True)
class Layout:
    """Names of one publication form of a module.

    Attributes:
        style: Whose names these are, for people ("LDM", "diffusers", …).
        tensors: Name below the root → shape, or None for any; all must be there. The first is quoted as evidence.
        absent: Names below the root that must not be there.
        roots: What may stand before every name.
    """

    style: str
    tensors: Mapping[str, Shape | None]
    absent: tuple[str, ...] = ()
    roots: tuple[str, ...] = ("",)

    def match(self, header: Header) -> Match | None:
        """Where the layout is in `header`, or None."""
        have = header.tensors
        for root in self.roots:
            for name, shape in self.tensors.items():
                if root + name not in have or not fits(header, root + name, shape):
                    break
            else:
                if not any(root + name in have for name in self.absent):
                    return Match(self, root, root + next(iter(self.tensors)))
        return None


def first_match(layouts: tuple[Layout, ...], header: Header) -> Match | None:
    """The first of `layouts` that is in `header`."""
    return next((match for layout in layouts if (match := layout.match(header))), None)


def fits(header: Header, name: str, shape: Shape | None) -> bool:
    """Whether `header` has a tensor with this name and shape, quantised or not."""
    tensor = header.tensors.get(name)
    return tensor is not None and (shape is None or _same(tensor.shape, shape) or _repacked(tensor, shape))


def _same(sides: tuple[int, ...], shape: Shape) -> bool:
    return len(sides) == len(shape) and all(_is_side(side, wanted) for side, wanted in zip(sides, shape, strict=True))


def _is_side(side: int, wanted: Side) -> bool:
    if wanted is None:
        return True
    return side in wanted if isinstance(wanted, tuple) else side == wanted


def _repacked(tensor: TensorInfo, shape: Shape) -> bool:
    """Whether a tensor is `shape` in a form that keeps only the count: two numbers a byte, or ggml's 3-D kernels."""
    if len(shape) > _MOST_IN_GGUF and len(tensor.shape) == _MOST_IN_GGUF:
        first, second, *rest = shape
        merged = first * second if isinstance(first, int) and isinstance(second, int) else None
        return _same(tensor.shape, (merged, *rest))
    if tensor.dtype != PACKED or len(shape) != 2:  # noqa: PLR2004 - only matrices are packed
        return False
    count = 2 * prod(tensor.shape)
    exact = [side for side in shape if isinstance(side, int)]
    return count > 0 and (count == prod(exact) if len(exact) == len(shape) else count % max(prod(exact), 1) == 0)
