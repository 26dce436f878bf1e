"""Writes the trained model as an ordinary diffusers folder: averaged weights, fp16 safetensors, default settings."""

from __future__ import annotations

import argparse
import json
import logging
import math
import shutil
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
import transformers
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.schedulers.scheduling_ddim import DDIMScheduler

from doodle import PIXELS, WORK_DIR
from doodle.autoencoder import LATENT_CHANNELS, latent_convolutions
from doodle.diffusion import SCHEDULE, load_averaged
from doodle.latents import load_standard_autoencoder
from doodle.pictures import load_pictures
from doodle.scenes import Composer
from doodle.words import TOKENS

log = logging.getLogger("doodle.export")

TARGET = Path(__file__).parents[2] / "src/safelight/embedded/doodle"
MODEL_CARD = Path(__file__).parents[1] / "MODEL_CARD.md"
DEFAULTS = {
    "size": {"width": PIXELS, "height": PIXELS},
    "steps": 20,
    "cfg_scale": 5.0,
    "sampler": "dpmpp_2m",
    "scheduler": "karras",
}
"""What the model draws best with, chosen by looking at sheets of pictures."""

_LOG_VARIANCE = math.log(1e-4)
_PREVIEW_SCENES = 128


def export(target: Path = TARGET, work_dir: Path = WORK_DIR) -> None:
    """Write the folder, replacing what an earlier export put there."""
    target.mkdir(parents=True, exist_ok=True)
    model, step = load_averaged(work_dir)
    autoencoder = load_standard_autoencoder(work_dir)
    fix_variance(autoencoder)
    autoencoder.register_to_config(scaling_factor=1.0, sample_size=PIXELS, force_upcast=False)
    preview = fit_preview(autoencoder, work_dir)
    parts: dict[str, Any] = {"text_encoder": model.text_encoder, "unet": model.unet, "vae": autoencoder}
    for folder, part in parts.items():
        part.to(memory_format=torch.contiguous_format).half().save_pretrained(target / folder)
    write_tokenizer(target / "tokenizer", work_dir)
    scheduler = DDIMScheduler(**SCHEDULE, clip_sample=False, set_alpha_to_one=False, steps_offset=1)
    scheduler.save_pretrained(target / "scheduler")
    _write_json(target / "model_index.json", model_index())
    _write_json(target / "preview.json", preview)
    _write_json(target / "safelight.json", {"defaults": DEFAULTS})
    _write_json(target / "training.json", {"steps": step})
    if MODEL_CARD.exists():
        shutil.copy(MODEL_CARD, target / MODEL_CARD.name)
    for config in target.glob("*/*config.json"):
        _forget_paths(config)
    for weights in target.glob("*/*.safetensors"):
        weights.chmod(0o644)
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    log.info("step %d written to %s: %.1f MB", step, target.name, size / 1e6)


def model_index() -> dict[str, object]:
    """Which class each sub-folder holds, for `StableDiffusionPipeline`."""
    return {
        "_class_name": "StableDiffusionPipeline",
        "_diffusers_version": diffusers.__version__,
        "feature_extractor": [None, None],
        "image_encoder": [None, None],
        "requires_safety_checker": False,
        "safety_checker": [None, None],
        "scheduler": ["diffusers", "DDIMScheduler"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
    }


def fix_variance(autoencoder: AutoencoderKL) -> None:
    """Make the encoder's variance a small constant: it was trained on the mean alone, the other half is noise."""
    after, _ = latent_convolutions(autoencoder)
    with torch.no_grad():
        after.weight[LATENT_CHANNELS:] = 0
        after.bias[LATENT_CHANNELS:] = _LOG_VARIANCE


@torch.inference_mode()
def fit_preview(autoencoder: AutoencoderKL, work_dir: Path = WORK_DIR) -> dict[str, list[list[float]] | list[float]]:
    """Least-squares map from a latent pixel [4] to the mean colour [3], in [-1, 1], of the 8x8 pixels it stands for."""
    composer, rng = Composer(load_pictures(work_dir)), np.random.default_rng(5)
    pictures = np.stack([composer.compose(rng)[1] for _ in range(_PREVIEW_SCENES)])
    pixels = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1
    latents = torch.cat([autoencoder.encode(batch).latent_dist.mode() for batch in pixels.split(32)])
    coarse = torch.nn.functional.avg_pool2d(pixels, PIXELS // latents.shape[-1])
    known = torch.cat([latents, torch.ones_like(latents[:, :1])], dim=1).permute(0, 2, 3, 1).flatten(0, 2)
    solution = torch.linalg.lstsq(known, coarse.permute(0, 2, 3, 1).flatten(0, 2)).solution
    rows = [[round(float(value), 5) for value in row] for row in solution]
    return {"latent_rgb_factors": rows[:-1], "latent_rgb_bias": rows[-1]}


def write_tokenizer(folder: Path, work_dir: Path = WORK_DIR) -> None:
    """Write the vocabulary in both layouts that readers of CLIP tokenizers know."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("vocab.json", "merges.txt"):
        shutil.copy(work_dir / "tokenizer" / name, folder / name)
    start, end = "<|startoftext|>", "<|endoftext|>"
    config = {
        "tokenizer_class": "CLIPTokenizer",
        "model_max_length": TOKENS,
        "bos_token": start,
        "eos_token": end,
        "unk_token": end,
        "pad_token": end,
    }
    _write_json(folder / "tokenizer_config.json", config)
    tokens = {key: value for key, value in config.items() if key.endswith("_token")}
    _write_json(folder / "special_tokens_map.json", tokens)


def _forget_paths(config: Path) -> None:
    content = json.loads(config.read_text())
    if content.pop("_name_or_path", None) is not None:
        _write_json(config, content)


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", type=Path, default=TARGET)
    export(parser.parse_args().target)
