"""Weights of matrix products as 8-bit integers, each output's with a scale of its own.

A constant of integers, converted and multiplied by the scales in the number type of the product, is what OpenVINO's CPU
plugin computes with as it is. Where it may group the inputs of a product, it makes 8-bit integers of those, too, and
finds each group's scale while it computes (`DYNAMIC_QUANTIZATION_GROUP_SIZE` in the documentation of its CPU device).
Kernels of convolutions stay: the plugin would unfold them when it compiles.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from safelight.engines.diffusers.acceleration.toolkit import openvino

_MOST = 127
_MATRIX = 2
_GROUPS = {256: 1.0, 320: 0.9, 128: 0.85, 64: 0.75, 32: 0.45}
"""Sizes of groups → how much of a product's time they save, over the best of them (an EPYC with AVX512-VNNI)."""

_GROUP = ("runtime_options", "DYNAMIC_QUANTIZATION_GROUP_SIZE")
"""Where a graph says it; what compiles it reads it there."""


def compressing(component: str, weight_type: str | None) -> Callable[[Any], None] | None:
    """What is done to the graphs of a pipeline's component; None: nothing.

    The inputs of text encoders stay as they are: a few of their numbers are many times larger than all others (T.
    Dettmers et al., 2022, arXiv 2208.07339). A VAE has hardly any matrix products.
    """
    if weight_type is None or component == "vae":
        return None
    return partial(compress, inputs=not component.startswith("text_encoder"))


def compress(graph: Any, *, inputs: bool) -> None:
    """Change a converted graph so; tensors that it shares with a module are left as they are.

    Args:
        graph: OpenVINO's, its products `x · weightᵀ`.
        inputs: Whether the inputs of products may become integers, too.
    """
    widths: Counter[int] = Counter()
    for node in graph.get_ordered_ops():
        if node.get_type_name() == "Constant" and _is_weight(node):
            products = [target.get_node() for target in node.output(0).get_target_inputs()]
            widths[node.get_output_shape(0)[1]] += sum(not _is_of_input(product) for product in products)
            node.output(0).replace(_compressed(node).output(0))
    graph.set_rt_info(str(_group(widths) if inputs else 0), list(_GROUP))


def _is_weight(constant: Any) -> bool:
    """Whether it is the second factor, transposed, of matrix products and nothing else."""
    users = [(target.get_node(), target.get_index()) for target in constant.output(0).get_target_inputs()]
    return (
        len(constant.get_output_shape(0)) == _MATRIX
        and constant.get_element_type().is_real()
        and all(
            user.get_type_name() == "MatMul" and index == 1 and user.get_attributes()["transpose_b"]
            for user, index in users
        )
    )


def _is_of_input(product: Any) -> bool:
    """Whether what it multiplies is given to the graph: texts, of few tokens, which take no time."""
    source = product.input_value(0).get_node()
    while source.get_type_name() == "Convert":
        source = source.input_value(0).get_node()
    return bool(source.get_type_name() == "Parameter")


def _compressed(constant: Any) -> Any:
    """Integers times scales, as many as the weight has rows."""
    ops, kind = openvino().opset13, constant.get_element_type()
    weight = constant.get_data(dtype=np.float32)
    most = np.abs(weight).max(axis=1, keepdims=True)
    scales = ops.constant(np.where(most > 0, most / _MOST, 1), dtype=kind)
    weight = weight / scales.get_data(dtype=np.float32)  # as rounded to that number type
    integers = np.clip(np.rint(weight, out=weight), -_MOST, _MOST, out=weight).astype(np.int8)
    return ops.multiply(ops.convert(ops.constant(integers), kind.to_string()), scales)


def _group(widths: Counter[int]) -> int:
    """The size that saves most: in products whose inputs it does not divide, it is not used.

    Products count alike: a UNet's narrow layers have as much to do as its wide ones, which see fewer pixels.
    """
    return max(_GROUPS, key=lambda size: _GROUPS[size] * sum(n for width, n in widths.items() if width % size == 0))
