"""Builds a diffusers pipeline from a single-file checkpoint in the published LDM layout, without any download.

Shapes come from the file itself, so pruned and widened relatives of a family load too. Names are translated by
diffusers' own conversion tables. Weights outside the model (training state, EMA twins) are not read.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from importlib import resources
from typing import Any

import torch
from accelerate.big_modeling import init_empty_weights
from diffusers import (
    AutoencoderKL,
    EulerDiscreteScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from diffusers.loaders import single_file_utils as ldm
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from safelight.domain.errors import UnsupportedModel
from safelight.domain.models import ModelInfo, Prediction
from safelight.engines.diffusers.checkpoint import CheckpointFile

_UNET, _VAE = "model.diffusion_model.", "first_stage_model."
_CLIP_L = ("cond_stage_model.transformer.", "conditioner.embedders.0.transformer.")
_OPEN_CLIP = ("cond_stage_model.model.", "conditioner.embedders.1.model.")
_V_PREDICTION_SPREAD = 0.09


def load_single_file(model: ModelInfo, dtype: torch.dtype) -> Any:
    """Return the diffusers pipeline in `dtype` on the CPU.

    At any moment this holds what is loaded so far in `dtype`, one tensor as stored and, for OpenCLIP encoders, their
    attention projections twice. What the whole load takes is measured by `benchmarks/memory.py`.

    Raises:
        UnsupportedModel: Parts are missing or have shapes that the family does not have.
    """
    try:
        return _assembled(CheckpointFile(model.path), model, dtype)
    except KeyError as error:
        raise UnsupportedModel(
            f"{model.path.name} lacks {error}, which every {model.architecture} checkpoint has."
        ) from error
    except ValueError as error:
        raise UnsupportedModel(
            f"{model.path.name} is not laid out as {model.architecture} checkpoints are: {error}."
        ) from error


def _assembled(file: CheckpointFile, model: ModelInfo, dtype: torch.dtype) -> Any:
    sdxl = model.architecture == "sdxl"
    unet = _filled(
        file,
        _UNET,
        dtype,
        lambda: UNet2DConditionModel(**unet_config(file, model.architecture)),
        lambda part, empty: ldm.convert_ldm_unet_checkpoint(part, dict(empty.config)),
    )
    vae = _filled(
        file,
        _VAE,
        dtype,
        lambda: AutoencoderKL(**vae_config(file, sdxl=sdxl)),
        lambda part, empty: ldm.convert_ldm_vae_checkpoint(part, dict(empty.config)),
    )
    if any(name.endswith("scaled_fp8") for name in file.names):
        raise UnsupportedModel(f"{file.path.name} holds scaled fp8 weights, which this engine can't read yet.")
    prediction = model.prediction or _measured_prediction(file)
    common = {"unet": unet, "vae": vae, "scheduler": _scheduler(prediction), "feature_extractor": None}
    if sdxl:
        return StableDiffusionXLPipeline(
            text_encoder=_clip_l(file, _CLIP_L[1], dtype),
            tokenizer=clip_tokenizer("<|endoftext|>"),
            text_encoder_2=_open_clip(file, _OPEN_CLIP[1], dtype, CLIPTextModelWithProjection),
            tokenizer_2=clip_tokenizer("!"),
            **common,
        )
    if model.architecture == "sd2":
        encoder, padding = _open_clip(file, _OPEN_CLIP[0], dtype, CLIPTextModel), "!"
    else:
        encoder, padding = _clip_l(file, _CLIP_L[0], dtype), "<|endoftext|>"
    return StableDiffusionPipeline(
        text_encoder=encoder,
        tokenizer=clip_tokenizer(padding),
        safety_checker=None,
        requires_safety_checker=False,
        **common,
    )


def unet_config(file: CheckpointFile, architecture: str | None) -> dict[str, Any]:
    """The UNet's configuration, read off the shapes in the file.

    Stable Diffusion 1 has 8 attention heads everywhere; 2 and XL have heads of 64 channels.
    """
    blocks = 1 + max(int(name[len(_UNET) :].split(".")[1]) for name in file.names if name.startswith(_UNET + "input_"))
    widths, depths, per_level = [], [], [0]
    for index in range(1, blocks):
        prefix = f"{_UNET}input_blocks.{index}."
        if prefix + "0.op.weight" in file.header.tensors:
            per_level.append(0)
            continue
        width = file.shape(prefix + "0.out_layers.3.weight")[0]
        if per_level[-1] == 0:
            widths.append(width)
            depths.append(_depth(file, prefix + "1."))
        per_level[-1] += 1
    context = file.shape(_first(file, _UNET, ".attn2.to_k.weight"))[1]
    attended = [depth > 0 for depth in depths]
    down = ["CrossAttnDownBlock2D" if yes else "DownBlock2D" for yes in attended]
    up = ["CrossAttnUpBlock2D" if yes else "UpBlock2D" for yes in reversed(attended)]
    config: dict[str, Any] = {
        "in_channels": file.shape(_UNET + "input_blocks.0.0.weight")[1],
        "out_channels": file.shape(_UNET + "out.2.weight")[0],
        "block_out_channels": widths,
        "layers_per_block": per_level[0],
        "down_block_types": down,
        "up_block_types": up,
        "cross_attention_dim": context,
        "sample_size": {"sd1": 64, "sd2": 96, "sdxl": 128}[architecture or "sd1"],
    }
    if architecture != "sd1":
        config |= {"attention_head_dim": [max(width // 64, 1) for width in widths], "use_linear_projection": True}
    if architecture == "sdxl":
        pooled = file.shape(_UNET + "label_emb.0.0.weight")[1]
        config |= {
            "transformer_layers_per_block": [max(depth, 1) for depth in depths],
            "addition_embed_type": "text_time",
            "addition_time_embed_dim": 256,
            "projection_class_embeddings_input_dim": pooled,
        }
    return config


def vae_config(file: CheckpointFile, *, sdxl: bool) -> dict[str, Any]:
    """The autoencoder's configuration, read off the shapes in the file."""
    encoder = _VAE + "encoder."
    levels = 1 + max(int(n[len(encoder) :].split(".")[1]) for n in file.names if n.startswith(encoder + "down."))
    widths = [file.shape(f"{encoder}down.{level}.block.0.conv2.weight")[0] for level in range(levels)]
    layers = len({n.split(".")[5] for n in file.names if n.startswith(encoder + "down.0.block.")})
    return {
        "down_block_types": ["DownEncoderBlock2D"] * levels,
        "up_block_types": ["UpDecoderBlock2D"] * levels,
        "block_out_channels": widths,
        "layers_per_block": layers,
        "latent_channels": file.shape(_VAE + "post_quant_conv.weight")[1],
        "sample_size": 1024 if sdxl else 512,
        "scaling_factor": 0.13025 if sdxl else 0.18215,
        "force_upcast": True,
    }


def clip_tokenizer(padding: str) -> CLIPTokenizer:
    """OpenAI's CLIP tokenizer, built from the vocabulary file that comes with the package.

    Args:
        padding: Token that fills a chunk: `<|endoftext|>` for CLIP-L, `!` (token 0) for OpenCLIP.
    """
    packed = resources.files("safelight.engines.diffusers").joinpath("data/bpe_simple_vocab_16e6.txt.gz")
    lines = gzip.decompress(packed.read_bytes()).decode().split("\n")
    merges: Any = [tuple(line.split()) for line in lines[1 : 49152 - 256 - 2 + 1]]
    alphabet = list(_byte_letters())
    pieces = [*alphabet, *(letter + "</w>" for letter in alphabet), *("".join(pair) for pair in merges)]
    vocabulary = {piece: number for number, piece in enumerate([*pieces, "<|startoftext|>", "<|endoftext|>"])}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, pad_token=padding, model_max_length=77)


def _byte_letters() -> list[str]:
    """The letters that stand for the 256 byte values, in the order of CLIP's vocabulary (printable bytes first)."""
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAC + 1), *range(0xAE, 0xFF + 1)]
    return [*map(chr, printable), *(chr(256 + n) for n in range(256 - len(printable)))]


def _clip_l(file: CheckpointFile, prefix: str, dtype: torch.dtype) -> Any:
    nested = any(name.startswith(prefix + "text_model.") for name in file.names)
    body = prefix + "text_model." if nested else prefix
    config = _text_config(file, body + "embeddings.", f"{body}encoder.layers.", "mlp.fc1.weight")

    def convert(part: dict[str, torch.Tensor], empty: Any) -> dict[str, torch.Tensor]:
        return _flat_or_nested({name.removeprefix(body): tensor for name, tensor in part.items()}, empty)

    config |= {"hidden_act": "quick_gelu", "projection_dim": 768}
    return _filled(file, body, dtype, lambda: CLIPTextModel(CLIPTextConfig(**config)), convert)


def _open_clip(file: CheckpointFile, prefix: str, dtype: torch.dtype, kind: type[Any]) -> Any:
    config = _text_config(file, prefix, f"{prefix}transformer.resblocks.", "mlp.c_fc.weight")
    config |= {"hidden_act": "gelu", "bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1}
    if kind is CLIPTextModel:
        config["num_hidden_layers"] -= 1
    else:
        config["projection_dim"] = file.shape(prefix + "text_projection")[1]

    def convert(part: dict[str, torch.Tensor], empty: Any) -> dict[str, torch.Tensor]:
        converted = ldm.convert_open_clip_checkpoint(empty, part, prefix=prefix)
        return _flat_or_nested({name.removeprefix("text_model."): t for name, t in converted.items()}, empty)

    return _filled(file, prefix, dtype, lambda: kind(CLIPTextConfig(**config)), convert)


def _text_config(file: CheckpointFile, embeddings: str, layers: str, feed_forward: str) -> dict[str, Any]:
    words = _first(file, embeddings, "token_embedding.weight")
    positions = _first(file, embeddings, ("position_embedding.weight", "positional_embedding"))
    vocabulary, width = file.shape(words)
    return {
        "vocab_size": vocabulary,
        "hidden_size": width,
        "intermediate_size": file.shape(f"{layers}0.{feed_forward}")[0],
        "num_hidden_layers": 1 + max(int(n[len(layers) :].split(".")[0]) for n in file.names if n.startswith(layers)),
        "num_attention_heads": max(width // 64, 1),
        "max_position_embeddings": file.shape(positions)[0],
    }


def _flat_or_nested(tensors: dict[str, torch.Tensor], empty: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Name tensors as transformers does: under `text_model.` with a projection, and since 5.6 not without one."""
    expected = empty.state_dict().keys()
    named = {name if name in expected else f"text_model.{name}": tensor for name, tensor in tensors.items()}
    return {name: tensor for name, tensor in named.items() if name in expected}


def _filled(
    file: CheckpointFile,
    prefix: str,
    dtype: torch.dtype,
    build: Callable[[], Any],
    convert: Callable[[dict[str, torch.Tensor], Any], dict[str, torch.Tensor]],
) -> Any:
    """Build a module without memory, and give it the file's tensors as its own."""
    with init_empty_weights():
        module = build()
    tensors = convert(file.read((name for name in file.names if name.startswith(prefix)), dtype), module)
    expected = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    missing = sorted(expected.keys() - tensors.keys())
    wrong = [name for name, shape in expected.items() if name in tensors and tuple(tensors[name].shape) != shape]
    if missing or wrong:
        raise UnsupportedModel(
            f"{file.path.name} does not have the weights of this architecture: "
            f"{len(missing)} are missing and {len(wrong)} have another shape, {(missing + wrong)[0]} among them."
        )
    module.load_state_dict(tensors, strict=False, assign=True)
    # Not frozen, as diffusers has them: torch multiplies transposed inputs another way by a weight without gradient.
    return module.eval()


def _measured_prediction(file: CheckpointFile) -> Prediction:
    """Tell v-prediction from noise prediction in a Stable Diffusion 2 file, whose shapes are the same.

    The last block's first norm bias spreads more than 0.09 in velocity models: ComfyUI's rule (`supported_models.py`).
    """
    name = _UNET + "output_blocks.11.1.transformer_blocks.0.norm1.bias"
    if name not in file.header.tensors:
        return "epsilon"
    spread = float(file.read([name], torch.float32)[name].std(correction=0))
    return "v_prediction" if spread > _V_PREDICTION_SPREAD else "epsilon"


def _scheduler(prediction: Prediction) -> EulerDiscreteScheduler:
    """Stable Diffusion's noise schedule; the sampler is chosen per request."""
    return EulerDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", prediction_type=prediction, steps_offset=1
    )


def _depth(file: CheckpointFile, prefix: str) -> int:
    blocks = {n[len(prefix) :].split(".")[1] for n in file.names if n.startswith(prefix + "transformer_blocks.")}
    return len(blocks)


def _first(file: CheckpointFile, prefix: str, suffix: str | tuple[str, ...]) -> str:
    for name in file.names:
        if name.startswith(prefix) and name.endswith(suffix):
            return name
    raise KeyError(f"{prefix}…{suffix}")
