"""Modules that take a file's tensors as their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from accelerate.big_modeling import init_empty_weights

from safelight.domain.errors import UnsupportedModel
from safelight.engines.diffusers.checkpoint import Section

Tensors = dict[str, torch.Tensor]


def filled(
    section: Section,
    dtype: torch.dtype,
    build: Callable[[], Any],
    convert: Callable[[Tensors, Any], Tensors],
    *,
    hollow: bool = False,
) -> Any:
    """Build a module without memory, and give it the tensors of `section`.

    Args:
        section: What to read.
        dtype: As what.
        build: Makes the module.
        convert: Renames what was read as the module wants it; given the empty module, too.
        hollow: Read nothing: see `hollow_out`.

    Raises:
        UnsupportedModel: Tensors are missing or have other shapes.
    """
    with init_empty_weights():
        module = build()
    if hollow:
        return hollow_out(module, dtype).eval()
    tensors = convert(section.read(dtype), module)
    expected = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    missing = sorted(expected.keys() - tensors.keys())
    wrong = [name for name, shape in expected.items() if name in tensors and tuple(tensors[name].shape) != shape]
    if missing or wrong:
        raise UnsupportedModel(
            f"{section.file.path.name} does not have the weights of this architecture: "
            f"{len(missing)} are missing and {len(wrong)} have another shape, {(missing + wrong)[0]} among them."
        )
    module.load_state_dict(tensors, strict=False, assign=True)
    # Not frozen, as diffusers has them: torch multiplies transposed inputs another way by a weight without gradient.
    return module.eval()


def hollow_out(module: Any, dtype: torch.dtype | None = None) -> Any:
    """Take a module's weights away, but not their shapes and type: each becomes one zero, seen many times.

    Args:
        module: What something else computes in place of.
        dtype: The number type its weights would have; default: what they have.
    """
    for part in module.modules():
        for name, weight in part.named_parameters(recurse=False):
            none = torch.zeros((), dtype=dtype or weight.dtype).expand(weight.shape)
            if weight.is_meta:
                part.register_parameter(name, torch.nn.Parameter(none, requires_grad=False))
            else:
                weight.data = none  # whoever else holds the parameter lets go of its memory, too
    return module


def is_hollow(weight: torch.Tensor) -> bool:
    """Whether `hollow_out` made it."""
    return not any(weight.stride())
