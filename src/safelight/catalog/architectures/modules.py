"""Linear layers that families share, as tables of what a LoRA can change."""

from __future__ import annotations

from safelight.catalog.architectures.base import Modules


def modules(prefix: str, **layers: tuple[int, int]) -> Modules:
    """A table of layers whose names begin with `prefix`."""
    return {prefix + name: (sides,) for name, sides in layers.items()}


def merged(*tables: Modules) -> Modules:
    """One table of all: layers with the same name may have the sides of each."""
    result: dict[str, tuple[tuple[int, int], ...]] = {}
    for table in tables:
        for name, sides in table.items():
            result[name] = result.get(name, ()) + tuple(pair for pair in sides if pair not in result.get(name, ()))
    return result


def joint_attention(prefix: str, width: int) -> Modules:
    """Diffusers' attention over picture and text with projections of their own."""
    names = ("to_q", "to_k", "to_v", "to_out_N", "add_q_proj", "add_k_proj", "add_v_proj", "to_add_out")
    return {f"{prefix}attn_{name}": ((width, width),) for name in names}


def feed_forward(prefix: str, width: int, inner: int) -> Modules:
    """Diffusers' feed-forward layers."""
    return {f"{prefix}net_N_proj": ((inner, width),), f"{prefix}net_N": ((width, inner),)}


def double_blocks(width: int, *, inner: int, joined: int, out: int) -> Modules:
    """Layers of black-forest-labs' double and single blocks, without their modulations.

    Args:
        width: Of the states.
        inner: Of the feed-forward layers' outputs.
        joined: Outputs of a single block's first layer.
        out: Inputs of its second.
    """
    second = inner if inner == out - width else inner // 2
    table: dict[str, tuple[tuple[int, int], ...]] = {
        "single_blocks_N_linear1": ((joined, width),),
        "single_blocks_N_linear2": ((width, out),),
    }
    for side in ("img", "txt"):
        table[f"double_blocks_N_{side}_attn_qkv"] = ((3 * width, width),)
        table[f"double_blocks_N_{side}_attn_proj"] = ((width, width),)
        table[f"double_blocks_N_{side}_mlp_N"] = ((inner, width), (width, second))
    return table
