"""Configurations of modules, read off the shapes of their tensors, so that relatives of a family load too."""

from __future__ import annotations

from typing import Any

from safelight.engines.diffusers.checkpoint import Section

_SAMPLE_SIZES = {"sd1": 64, "sd2": 96, "sdxl": 128}


def unet_config(unet: Section, architecture: str | None) -> dict[str, Any]:
    """Of a UNet in LDM names.

    Stable Diffusion 1 has 8 attention heads everywhere; 2 and XL have heads of 64 channels.
    """
    blocks = 1 + max(int(name.split(".")[1]) for name in unet.names if name.startswith("input_blocks."))
    widths, depths, per_level = [], [], [0]
    for index in range(1, blocks):
        block = unet.below(f"input_blocks.{index}.")
        if "0.op.weight" in block.names:
            per_level.append(0)
            continue
        width = block.shape("0.out_layers.3.weight")[0]
        if per_level[-1] == 0:
            widths.append(width)
            depths.append(len({name.split(".")[2] for name in block.names if name.startswith("1.transformer_blocks.")}))
        per_level[-1] += 1
    context = unet.shape(_first(unet, "", ".attn2.to_k.weight"))[1]
    attended = [depth > 0 for depth in depths]
    down = ["CrossAttnDownBlock2D" if yes else "DownBlock2D" for yes in attended]
    up = ["CrossAttnUpBlock2D" if yes else "UpBlock2D" for yes in reversed(attended)]
    config: dict[str, Any] = {
        "in_channels": unet.shape("input_blocks.0.0.weight")[1],
        "out_channels": unet.shape("out.2.weight")[0],
        "block_out_channels": widths,
        "layers_per_block": per_level[0],
        "down_block_types": down,
        "up_block_types": up,
        "cross_attention_dim": context,
        "sample_size": _SAMPLE_SIZES[architecture or "sd1"],
    }
    if architecture != "sd1":
        config |= {"attention_head_dim": [max(width // 64, 1) for width in widths], "use_linear_projection": True}
    if architecture == "sdxl":
        pooled = unet.shape("label_emb.0.0.weight")[1]
        config |= {
            "transformer_layers_per_block": [max(depth, 1) for depth in depths],
            "addition_embed_type": "text_time",
            "addition_time_embed_dim": 256,
            "projection_class_embeddings_input_dim": pooled,
        }
    return config


def vae_config(vae: Section, *, sdxl: bool) -> dict[str, Any]:
    """Of an autoencoder in LDM names, or in those of diffusers."""
    level, layer = ("encoder.down.", "block") if vae.has("encoder.down.") else ("encoder.down_blocks.", "resnets")
    levels = 1 + max(int(name[len(level) :].split(".")[0]) for name in vae.names if name.startswith(level))
    widths = [vae.shape(f"{level}{index}.{layer}.0.conv2.weight")[0] for index in range(levels)]
    layers = len({name.split(".")[4] for name in vae.names if name.startswith(f"{level}0.{layer}.")})
    return {
        "down_block_types": ["DownEncoderBlock2D"] * levels,
        "up_block_types": ["UpDecoderBlock2D"] * levels,
        "block_out_channels": widths,
        "layers_per_block": layers,
        "latent_channels": vae.shape("post_quant_conv.weight")[1],
        "sample_size": 1024 if sdxl else 512,
        "scaling_factor": 0.13025 if sdxl else 0.18215,
        "force_upcast": True,
    }


def text_config(encoder: Section, embeddings: str, layers: str, feed_forward: str) -> dict[str, Any]:
    """Of a CLIP text encoder.

    Args:
        encoder: Its tensors.
        embeddings: What the names of its token and position embeddings begin with.
        layers: What the names of its numbered layers begin with.
        feed_forward: The first matrix of a layer's feed-forward network.
    """
    words = _first(encoder, embeddings, "token_embedding.weight")
    positions = _first(encoder, embeddings, ("position_embedding.weight", "positional_embedding"))
    vocabulary, width = encoder.shape(words)
    numbers = {int(name[len(layers) :].split(".")[0]) for name in encoder.names if name.startswith(layers)}
    return {
        "vocab_size": vocabulary,
        "hidden_size": width,
        "intermediate_size": encoder.shape(f"{layers}0.{feed_forward}")[0],
        "num_hidden_layers": 1 + max(numbers),
        "num_attention_heads": max(width // 64, 1),
        "max_position_embeddings": encoder.shape(positions)[0],
    }


def _first(section: Section, prefix: str, suffix: str | tuple[str, ...]) -> str:
    for name in section.names:
        if name.startswith(prefix) and name.endswith(suffix):
            return name
    raise KeyError(f"{section.prefix}{prefix}…{suffix}")
