"""Proofs that the table's names and shapes are real: the libraries' own classes and converters, without any weights."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from diffusers.loaders import lora_conversion_utils as lora
from diffusers.loaders import single_file_utils as single
from diffusers.utils.state_dict_utils import convert_unet_state_dict_to_peft
from tests.unit.catalog.published import configs, storing
from tests.unit.catalog.published.fixtures import Proof, llama_names, nested, store
from tests.unit.catalog.published.generate import module, shapes
from tests.unit.catalog.published.originals import Shapes

Tensors = dict[str, torch.Tensor]

_SIDE = re.compile(r"\.lora(_A|_B|_down|_up|\.down|\.up)\.(?:default\.)?weight$")
_VAE = {"down_block_types": ("",) * 4, "up_block_types": ("",) * 4}
_ORDINARY: dict[str, Callable[[Tensors], Tensors]] = {
    "sd3": single.convert_sd3_transformer_checkpoint_to_diffusers,
    "flux": single.convert_flux_transformer_checkpoint_to_diffusers,
    "flux2": single.convert_flux2_transformer_checkpoint_to_diffusers,
    "chroma": single.convert_chroma_transformer_checkpoint_to_diffusers,
    "z_image": single.convert_z_image_transformer_checkpoint_to_diffusers,
    "wan": single.convert_wan_transformer_to_diffusers,
}
_LORAS: dict[str, Callable[[Tensors], Any]] = {
    "lora": lambda tensors: tensors,
    "lora_kohya": lambda tensors: convert_unet_state_dict_to_peft(
        lora._convert_non_diffusers_lora_to_diffusers(tensors)[0]
    ),
    "lora_kohya_flux": lora._convert_kohya_flux_lora_to_diffusers,
    "lora_wan": lora._convert_non_diffusers_wan_lora_to_diffusers,
    "lora_flux2": lora._convert_non_diffusers_flux2_lora_to_diffusers,
}


def _sgm(tensors: Tensors) -> Any:
    """Stability's names become diffusers' first."""
    mapped = lora._maybe_map_sgm_blocks_to_diffusers(tensors, SimpleNamespace(layers_per_block=2))
    return convert_unet_state_dict_to_peft(lora._convert_non_diffusers_lora_to_diffusers(mapped)[0])


_LORAS["lora_kohya_sgm"] = _sgm
_LORAS["lora_musubi_wan"] = lora._convert_musubi_wan_lora_to_diffusers
_IGNORED = frozenset({"logit_scale"})
"""OpenCLIP's temperature, which diffusers' converter drops as every user of the text encoder does."""


def _meta(table: Mapping[str, tuple[int, ...]]) -> Tensors:
    return {name: torch.empty(shape, device="meta") for name, shape in table.items()}


def _ones(table: Mapping[str, tuple[int, ...]]) -> Tensors:
    """Tensors of one number each in memory, as LoRA converters look at numbers."""
    return {name: torch.ones(()).expand(shape) for name, shape in table.items()}


def _sides(tensors: Mapping[str, torch.Tensor]) -> Shapes:
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


def covered(proof: Proof, table: Shapes) -> set[str]:
    """The tensors of `table` that `proof` shows to be those of the class.

    Raises:
        AssertionError: They are not.
    """
    part = {name: shape for name, shape in table.items() if name.startswith(proof.prefix)}
    inner = {name.removeprefix(proof.prefix): shape for name, shape in part.items()}
    assert part, proof
    if proof.how in _PROGRAMS:
        assert loads(proof.how, table)
    elif proof.how in _LORAS:
        _lora(proof, inner)
    else:
        _same(_converted(proof, inner), _wanted(proof))
    return set(part)


_PROGRAMS = {
    "sdcpp_upscaler": """
import sys
from stable_diffusion_cpp import stable_diffusion_cpp as library
context = library.new_upscaler_ctx(sys.argv[1].encode(), False, False, 1, 128)
sys.exit(0 if context else 3)
""",
    "sdcpp_checkpoint": """
import sys
from stable_diffusion_cpp import StableDiffusion
StableDiffusion(model_path=sys.argv[1], n_threads=1, verbose=True)
""",
}


def loads(program: str, table: Shapes) -> bool:
    """Whether stable-diffusion.cpp loads a file with these tensors, all of them, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        storing.write_safetensors(path, storing.plain(table))
        command = [sys.executable, "-c", _PROGRAMS[program], str(path)]
        done = subprocess.run(command, check=False, capture_output=True, timeout=600)
    return done.returncode == 0 and b"unknown tensor" not in done.stdout + done.stderr


def _wanted(proof: Proof) -> Shapes:
    if proof.how == "llama":
        return llama_names(proof.target)
    return nested(proof.target) if proof.how in {"nested", "renamed"} else store()[proof.target]


def _converted(proof: Proof, inner: Shapes) -> Shapes:
    """What the class's loader makes of the tensors."""
    config = configs.ALL[proof.target]
    match proof.how:
        case "class" | "nested" | "llama" | "renamed":
            return _parted(inner) if proof.how == "renamed" else inner
        case "ldm_unet":
            tensors = {f"model.diffusion_model.{name}": tensor for name, tensor in _meta(inner).items()}
            return _sides(single.convert_ldm_unet_checkpoint(tensors, dict(module(config).config)))
        case "ldm_vae":
            return _sides(single.convert_ldm_vae_checkpoint(_meta(inner), _VAE))
        case "ldm_controlnet":
            tensors = {f"control_model.{name}": tensor for name, tensor in _meta(inner).items()}
            return _sides(single.convert_controlnet_checkpoint(tensors, dict(module(config).config)))
        case "openclip":
            tensors = _meta({name: shape for name, shape in inner.items() if name not in _IGNORED})
            converted = _sides(single.convert_open_clip_checkpoint(module(config), tensors, prefix=""))
            bare = "text_model.final_layer_norm.weight" not in store()[proof.target]
            return {name.removeprefix("text_model.") if bare else name: shape for name, shape in converted.items()}
    return _sides(_ORDINARY[proof.how](_meta(inner)))


def _parted(inner: Shapes) -> Shapes:
    """What stable-diffusion.cpp joined, parted: the queries, keys and values of its OpenCLIP."""
    found: Shapes = {}
    for name, shape in inner.items():
        if ".in_proj." in name:
            found |= {name.replace("in_proj", f"{part}_proj"): (shape[0] // 3, *shape[1:]) for part in "qkv"}
        else:
            found["text_projection.weight" if name == "text_model.text_projection" else name] = shape
    return found


def _same(found: Shapes, wanted: Shapes) -> None:
    missing, extra = wanted.keys() - found.keys(), found.keys() - wanted.keys()
    assert not missing, sorted(missing)[:5]
    assert not extra, sorted(extra)[:5]
    assert found == wanted


def _lora(proof: Proof, inner: Shapes) -> None:
    """Every layer that the LoRA changes is one of the class, with its sides."""
    converted = _sides(_LORAS[proof.how](_ones(inner)))
    layers = {name.removesuffix(".weight"): shape for name, shape in store()[proof.target].items() if len(shape) == 2}
    assert converted
    for name, shape in converted.items():
        side = _SIDE.search(name)
        if side is None:
            assert name.endswith(".alpha"), name
            continue
        layer = re.sub(r"^(transformer|unet)\.", "", name[: side.start()])
        outputs, inputs = layers[layer]
        assert shape == ((16, inputs) if side[1] in {"_A", "_down", ".down"} else (outputs, 16)), (name, shape)


def current(name: str) -> bool:
    """Whether the store has what the class named `name` in `configs.py` has today."""
    today = {key: tuple(sides) for key, sides in shapes(configs.ALL[name]).items()}
    return today == store()[name]
