"""diffusers names → the published LDM layout, for writing the single files that the world distributes.

The inverse of what the loader does, written from the layout's own structure (CompVis/stable-diffusion,
Stability-AI/generative-models): numbered input, middle and output blocks; OpenCLIP's joined attention projections;
1x1 convolutions in the autoencoder's attention.
"""

from __future__ import annotations

import collections
import sys
import types
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

Tensors = dict[str, torch.Tensor]

_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "time_emb_proj": "emb_layers.1",
    "conv_shortcut": "skip_connection",
}
_ENDS = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}


def to_ldm(pipe: Any, architecture: str) -> Tensors:
    """The state dict of a pipeline as one file of its family holds it."""
    tensors = _prefixed("model.diffusion_model.", unet_to_ldm(pipe.unet))
    tensors |= _prefixed("first_stage_model.", vae_to_ldm(pipe.vae))
    if architecture == "sd1":
        tensors |= _prefixed("cond_stage_model.transformer.text_model.", pipe.text_encoder.state_dict())
        ids = torch.arange(77).unsqueeze(0)
        tensors["cond_stage_model.transformer.text_model.embeddings.position_ids"] = ids
    elif architecture == "sd2":
        tensors |= _prefixed("cond_stage_model.model.", open_clip_to_ldm(pipe.text_encoder, spare_layer=True))
    else:
        tensors |= _prefixed("conditioner.embedders.0.transformer.text_model.", pipe.text_encoder.state_dict())
        tensors |= _prefixed("conditioner.embedders.1.model.", open_clip_to_ldm(pipe.text_encoder_2))
    return {name: tensor.contiguous() for name, tensor in tensors.items()}


def unet_to_ldm(unet: Any) -> Tensors:
    """Rename a UNet's tensors into numbered blocks."""
    layers = unet.config.layers_per_block
    levels = len(unet.config.block_out_channels)
    places: dict[str, str] = {}
    for level in range(levels):
        attended = "CrossAttn" in unet.config.up_block_types[level]
        for layer in range(layers + 1):
            number = (layers + 1) * level + layer
            places[f"down_blocks.{level}.resnets.{layer}."] = f"input_blocks.{number + 1}.0."
            places[f"down_blocks.{level}.attentions.{layer}."] = f"input_blocks.{number + 1}.1."
            places[f"up_blocks.{level}.resnets.{layer}."] = f"output_blocks.{number}.0."
            places[f"up_blocks.{level}.attentions.{layer}."] = f"output_blocks.{number}.1."
        places[f"down_blocks.{level}.downsamplers.0.conv."] = f"input_blocks.{(layers + 1) * (level + 1)}.0.op."
        last = (layers + 1) * level + layers
        places[f"up_blocks.{level}.upsamplers.0."] = f"output_blocks.{last}.{2 if attended else 1}."
    places |= {"mid_block.resnets.0.": "middle_block.0.", "mid_block.resnets.1.": "middle_block.2."}
    places["mid_block.attentions.0."] = "middle_block.1."
    renamed = {}
    for name, tensor in unet.state_dict().items():
        place = next((old for old in places if name.startswith(old)), None)
        if place is None:
            end, _, kind = name.rpartition(".")
            renamed[f"{_ENDS[end]}.{kind}"] = tensor
            continue
        rest = name[len(place) :]
        part, _, kind = rest.rpartition(".")
        renamed[places[place] + (f"{_RESNET[part]}.{kind}" if part in _RESNET else rest)] = tensor
    return renamed


def vae_to_ldm(vae: Any) -> Tensors:
    """Rename an autoencoder's tensors; its attention becomes 1x1 convolutions."""
    levels = len(vae.config.block_out_channels)
    attention = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}
    renamed = {}
    for name, tensor in vae.state_dict().items():
        new, value = name, tensor
        for level in range(levels):
            new = new.replace(f"down_blocks.{level}.resnets.", f"down.{level}.block.")
            new = new.replace(f"down_blocks.{level}.downsamplers.0.", f"down.{level}.downsample.")
            new = new.replace(f"up_blocks.{level}.resnets.", f"up.{levels - 1 - level}.block.")
            new = new.replace(f"up_blocks.{level}.upsamplers.0.", f"up.{levels - 1 - level}.upsample.")
        new = new.replace("mid_block.resnets.0.", "mid.block_1.").replace("mid_block.resnets.1.", "mid.block_2.")
        new = new.replace("conv_shortcut", "nin_shortcut").replace("conv_norm_out", "norm_out")
        if "mid_block.attentions.0." in new:
            head, _, rest = new.partition("mid_block.attentions.0.")
            part, _, kind = rest.rpartition(".")
            new = f"{head}mid.attn_1.{attention[part]}.{kind}"
            if kind == "weight" and part != "group_norm":
                value = tensor[:, :, None, None]
        renamed[new] = value
    return renamed


def open_clip_to_ldm(encoder: Any, *, spare_layer: bool = False) -> Tensors:
    """Rename a CLIP text encoder as OpenCLIP has it. `spare_layer` adds the last block, which SD 2 carries unused."""
    body = {name.removeprefix("text_model."): tensor for name, tensor in encoder.state_dict().items()}
    width = encoder.config.hidden_size
    renamed = {
        "token_embedding.weight": body["embeddings.token_embedding.weight"],
        "positional_embedding": body["embeddings.position_embedding.weight"],
        "ln_final.weight": body["final_layer_norm.weight"],
        "ln_final.bias": body["final_layer_norm.bias"],
        "logit_scale": torch.tensor(4.6),
        "text_projection": body["text_projection.weight"].T if "text_projection.weight" in body else torch.eye(width),
    }
    parts = {"layer_norm1": "ln_1", "layer_norm2": "ln_2", "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj"}
    parts["self_attn.out_proj"] = "attn.out_proj"
    for layer in range(encoder.config.num_hidden_layers):
        old, new = f"encoder.layers.{layer}.", f"transformer.resblocks.{layer}."
        for kind in ("weight", "bias"):
            for ours, theirs in parts.items():
                renamed[f"{new}{theirs}.{kind}"] = body[f"{old}{ours}.{kind}"]
            joined = [body[f"{old}self_attn.{name}_proj.{kind}"] for name in "qkv"]
            renamed[f"{new}attn.in_proj_{kind}"] = torch.cat(joined)
    if spare_layer:
        last, spare = encoder.config.num_hidden_layers - 1, encoder.config.num_hidden_layers
        for name in [name for name in renamed if f"resblocks.{last}." in name]:
            renamed[name.replace(f"resblocks.{last}.", f"resblocks.{spare}.")] = renamed[name].clone()
    return renamed


def write_safetensors(
    path: Path, tensors: Tensors, *, half: bool = False, metadata: dict[str, str] | None = None
) -> Path:
    """Write a `.safetensors` file, as fp16 if `half`."""
    save_file({n: t.half() if half and t.is_floating_point() else t for n, t in tensors.items()}, path, metadata)
    return path


def write_lightning_ckpt(path: Path, tensors: Tensors) -> Path:
    """Write a `.ckpt` as training left it: EMA twins, optimizer crumbs, and a pickled Lightning callback."""
    ema = {
        "model_ema." + name.removeprefix("model.").replace(".", ""): tensor + 1
        for name, tensor in tensors.items()
        if name.startswith("model.diffusion_model.")
    }
    module = types.ModuleType("pytorch_lightning.callbacks.model_checkpoint")
    callback = type("ModelCheckpoint", (), {"__module__": module.__name__})
    module.ModelCheckpoint = callback  # type: ignore[attr-defined]
    names = ["pytorch_lightning", "pytorch_lightning.callbacks", module.__name__]
    sys.modules |= dict.fromkeys(names[:2], types.ModuleType(names[0])) | {module.__name__: module}
    try:
        torch.save(
            {
                "epoch": 3,
                "global_step": 875000,
                "pytorch-lightning_version": "1.4.2",
                "callbacks": {callback: {"monitor": "val/loss", "best_model_score": torch.tensor(0.5)}},
                "lr_schedulers": [collections.OrderedDict(last_epoch=3)],
                "state_dict": collections.OrderedDict(tensors | ema),
            },
            path,
        )
    finally:
        for name in names:
            sys.modules.pop(name, None)
    return path


def _prefixed(prefix: str, tensors: Tensors) -> Tensors:
    return {prefix + name: tensor for name, tensor in tensors.items()}
