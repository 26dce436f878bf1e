"""LoRAs: which layers of a diffusion model they change, and so for which family they are.

Names are read in the forms of kohya's scripts (`lora_unet_…`), diffusers and PEFT (`….lora_A.weight`), ComfyUI
(`diffusion_model.….lora_down.weight`) and LyCORIS (`….hada_w1_a`, `….lokr_w1`, `….diff`). A family fits when it has all
changed layers with their sides: a LoRA of attention layers alone may fit several, and then no family is named.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from safelight.catalog.architectures import Architecture, architectures
from safelight.catalog.headers import Header, TensorInfo
from safelight.catalog.headers.header import shown

_PARTS = re.compile(
    r"\.(?:(?P<down>lora_down|lora_A|lora\.down|lora_linear_layer\.down|hada_w1_b|lokr_w1|lokr_w1_b)"
    r"|(?P<up>lora_up|lora_B|lora\.up|lora_linear_layer\.up|hada_w1_a|lokr_w1_a)"
    r"|(?P<other>alpha|dora_scale|hada_w2_[ab]|lokr_w2(?:_[ab])?|lokr_t2|diff|diff_b|lora_mid|scale|"
    r"lora_magnitude_vector|oft_blocks|oft_diag))(?:\.[\w-]+)*$"
)
_PREFIX = re.compile(
    r"^(?:base_model\.model\.)?(?:lora_unet_|lora_transformer_|lycoris_|lora_prior_unet_|"
    r"model\.diffusion_model\.|diffusion_model\.|transformer\.|unet\.)?"
)
_TEXT = re.compile(r"^(?:lora_te\d?_|text_encoder|lora_prior_te|te\d?\.|text_model\.|lycoris_te)")
_XLABS = re.compile(r"\.processor\.(?P<layer>qkv|proj)_lora(?P<stream>[12])\.")
_NUMBER = re.compile(r"(?<=_)(\d+)(?=_|$)")
_UNET = re.compile(r"(?:^|_)(?:down_blocks|up_blocks|mid_block|input_blocks|output_blocks|middle_block)_")
_TO_TEXT = re.compile("to_[kv]")
_MATRIX = 2
_LONGEST = 512
"""Characters of a layer's name; what is longer is no name, but could keep a pattern busy."""

_SAYS = ("ss_base_model_version", "modelspec.architecture")
"""Where kohya's scripts and the model specification of SAI name the base."""

_REMEMBERED = 20_000
"""Names that are taken apart once: LoRAs of one family have the same, and a catalog may hold thousands of them."""

_ENCODERS = (("lora_te_", 768, "sd1"), ("lora_te_", 1024, "sd2"), ("lora_te2_", 1280, "sdxl"))
"""kohya's prefixes of text encoders, their widths, and the family whose encoder it is."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A changed layer: its name with `_` for `.` and `N` for numbers, and its sides where the LoRA shows them."""

    name: str
    outputs: int | None
    inputs: int | None


def families(header: Header) -> tuple[list[Architecture], tuple[str, ...]]:
    """Families with every layer that the LoRA changes, and the facts that say so.

    Where the layers leave several, what the trainer wrote into the metadata decides among them.
    """
    fitting, evidence = _by_layers(header)
    if len(fitting) > 1:
        for key in _SAYS:
            said = header.metadata.get(key, "").lower()
            named = [family for family in fitting if said.startswith(family.signature.metadata)]
            if len(named) == 1:
                return named, (*evidence, f'Its metadata says "{shown(said)}".')
    return fitting, evidence


def _by_layers(header: Header) -> tuple[list[Architecture], tuple[str, ...]]:
    """Families that the changed layers fit."""
    if _is_of_unet(header):
        return _by_context(header)
    layers, deepest = _layers(header.tensors)
    if not layers:
        return _by_text_encoders(header)
    fitting = [family for family in architectures() if family.signature.modules and _has(family, layers, deepest)]
    told = max(layers, key=lambda layer: layer.name.count("_"))
    what = " or ".join(family.label for family in fitting) or "no family that is known"
    return fitting, (f"It changes {len(layers)} kinds of layers such as {_worded(told)}, as in {what}.",)


def _layers(tensors: Mapping[str, TensorInfo]) -> tuple[set[Layer], dict[str, int]]:
    """Kinds of changed layers of the diffusion model, and the highest number after every `name_` of blocks."""
    sides: dict[str, list[int | None]] = {}
    deepest: dict[str, int] = {}
    for name, tensor in tensors.items():
        part = _parted(name)
        if part is None:
            continue
        module, down, up, other = part
        pair = sides.setdefault(module, [None, None])
        if up and len(tensor.shape) >= _MATRIX:
            pair[0] = tensor.shape[0]
        elif down and len(tensor.shape) >= _MATRIX and not down.startswith("lokr"):
            pair[1] = tensor.shape[1]
        elif other == "diff" and len(tensor.shape) == _MATRIX:
            pair[:] = tensor.shape
        if up and up.startswith("lokr"):
            pair[0] = None
    layers = set()
    for module, (outputs, inputs) in sides.items():
        kind, block, number = _numbered(module)
        layers.add(Layer(kind, outputs, inputs))
        if block is not None:
            deepest[block] = max(deepest.get(block, 0), number)
    return layers, deepest


@lru_cache(_REMEMBERED)
def _parted(name: str) -> tuple[str, str | None, str | None, str | None] | None:
    """The layer that a tensor's name is of, and what of it: down, up or another part; None of all other names."""
    if ".processor." in name:  # diffusers before 0.22, and XLabs' FLUX.1
        name = _XLABS.sub(_xlabs, name).replace(".processor.", ".").replace("_lora.", ".lora.")
    part = _PARTS.search(name) if len(name) <= _LONGEST else None
    if part is None or _TEXT.match(name):
        return None
    return _PREFIX.sub("", name[: part.start()]).replace(".", "_"), part["down"], part["up"], part["other"]


def _xlabs(found: re.Match[str]) -> str:
    """XLabs numbers the streams: 1 is the picture's, 2 the text's."""
    return f".{'img' if found['stream'] == '1' else 'txt'}_attn.{found['layer']}.lora."


@lru_cache(_REMEMBERED)
def _numbered(module: str) -> tuple[str, str | None, int]:
    """A layer's name with `N` for its numbers, and the blocks that its first number counts."""
    number = _NUMBER.search(module)
    block = module[: number.start() - 1] if number else None
    return _NUMBER.sub("N", module), block, int(number[1]) if number else 0


def _has(family: Architecture, layers: set[Layer], deepest: dict[str, int]) -> bool:
    signature = family.signature
    if any(number >= signature.blocks.get(block, number + 1) for block, number in deepest.items()):
        return False
    return all(
        any(
            layer.outputs in {None, outputs} and layer.inputs in {None, inputs}
            for outputs, inputs in signature.modules.get(layer.name, ())
        )
        for layer in layers
    )


def _is_of_unet(header: Header) -> bool:
    """Whether a changed layer is one of a UNet: mostly the first is, so that the others need no look."""
    parts = (part for name in header.tensors if (part := _parted(name)))
    return any(_UNET.search(module) for module, *_ in parts)


def _by_context(header: Header) -> tuple[list[Architecture], tuple[str, ...]]:
    """UNets have many layers but one width of text, which their cross-attention shows."""
    text = {name: tensor for name, tensor in header.tensors.items() if "attn2" in name and _TO_TEXT.search(name)}
    layers, _ = _layers(text)
    widths = {layer.inputs for layer in layers if layer.name.endswith(("attn2_to_k", "attn2_to_v"))}
    width = min((inputs for inputs in widths if inputs is not None), default=None)
    if width is None:
        unets = [family for family in architectures() if family.signature.context_width is not None]
        return unets, ("It changes no cross-attention of a UNet, whose width would tell the family.",)
    fitting = [family for family in architectures() if family.signature.context_width == width]
    what = " or ".join(family.label for family in fitting) or "no family that is known"
    return fitting, (f"Its cross-attention takes text of width {width:,}, as in {what}.",)


def _by_text_encoders(header: Header) -> tuple[list[Architecture], tuple[str, ...]]:
    """A LoRA of text encoders alone: kohya calls the only one `lora_te_`, the second one of SDXL `lora_te2_`."""
    for name, tensor in header.tensors.items():
        if not name.endswith(".lora_down.weight") or len(tensor.shape) != _MATRIX or "_self_attn_" not in name:
            continue
        width = tensor.shape[1]
        known = next((family for prefix, of, family in _ENCODERS if name.startswith(prefix) and of == width), None)
        fitting = [family for family in architectures() if family.name == known]
        if fitting:
            return fitting, (f"It changes a text encoder of width {width:,}, named as {fitting[0].label} names it.",)
    return [], ()


def _worded(layer: Layer) -> str:
    sides = "" if layer.outputs is None or layer.inputs is None else f" ({layer.outputs:,} x {layer.inputs:,})"
    return f"{shown(layer.name)}{sides}"
