"""Trains the autoencoder: 8x smaller, 4 latent channels, near-deterministic, crisp edges.

Trained on 64-pixel crops of composed scenes with L1 on pixels and on image gradients. The latent gets noise of a
tenth of its own spread, so that the decoder forgives what a diffusion model gets slightly wrong; a small penalty
holds its mean at 0 and its spread at 1. `--decoder` then goes on with the decoder alone: latents, and a diffusion model
trained on them, stay valid.
"""

from __future__ import annotations

import argparse
import logging
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from doodle import WORK_DIR
from doodle.checkpoints import Interruption, Stateful, resume, save
from doodle.pictures import load_pictures
from doodle.scenes import Composer

log = logging.getLogger("doodle.autoencoder")

LATENT_CHANNELS = 4
CONFIG: dict[str, Any] = {
    "in_channels": 3,
    "out_channels": 3,
    "down_block_types": ["DownEncoderBlock2D"] * 4,
    "up_block_types": ["UpDecoderBlock2D"] * 4,
    "block_out_channels": [32, 64, 128, 160],
    "layers_per_block": 1,
    "latent_channels": LATENT_CHANNELS,
    "norm_num_groups": 16,
    "mid_block_add_attention": False,
    "sample_size": 128,
}
_BATCH, _CROP, _LATENT_NOISE = 16, 64, 0.1
_LEARNING_RATE, _WARM_UP = 7e-4, 100


def build() -> AutoencoderKL:
    """A fresh autoencoder, channels last.

    Convolutions start with unit gain (Kaiming, linear): torch's default start is a third of that, and with it the
    first thousand steps are lost.
    """
    model: Any = AutoencoderKL(**CONFIG)
    for module in model.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight, nonlinearity="linear")
            if module.bias is not None:
                torch.nn.init.zeros_(module.bias)
    built: AutoencoderKL = model.to(memory_format=torch.channels_last)
    return built


def build_optimizer(model: AutoencoderKL) -> torch.optim.AdamW:
    """AdamW over all weights that are trained."""
    trained = [p for p in model.parameters() if p.requires_grad]
    return torch.optim.AdamW(trained, lr=_LEARNING_RATE, betas=(0.9, 0.98), weight_decay=1e-3)


def loss_of(model: AutoencoderKL, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Training loss and plain L1 for pixels in [-1, 1], float [n, 3, 64, 64]."""
    mean, _ = model._encode(pixels).float().chunk(2, dim=1)
    spread = mean.std()
    latent = mean + torch.randn_like(mean) * spread.detach() * _LATENT_NOISE
    decoded = model._decode(latent, return_dict=False)[0].float()
    error = decoded - pixels
    pixel = error.abs().mean()
    edges = error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean()
    coarse = F.avg_pool2d(error, 4).abs().mean()
    hold = (spread - 1) ** 2 + mean.mean() ** 2
    return pixel + edges + coarse + 0.02 * hold, pixel.detach()


def train(steps: int, work_dir: Path = WORK_DIR, *, decoder_only: bool = False) -> None:
    """Train to `steps` in all, resuming from the last checkpoint; writes one every 250 steps.

    Args:
        steps: The rate decays towards this step.
        work_dir: Where `autoencoder.pt` is, or with `decoder_only` also `decoder.pt`.
        decoder_only: Start from the finished autoencoder and leave its encoder as it is.
    """
    checkpoint = work_dir / ("decoder.pt" if decoder_only else "autoencoder.pt")
    composer = Composer(load_pictures(work_dir))
    torch.manual_seed(0)
    model = build()
    if decoder_only:
        resume(work_dir / "autoencoder.pt", {"model": model})
        model.encoder.requires_grad_(False)
        latent_convolutions(model)[0].requires_grad_(False)
    optimizer = build_optimizer(model)
    parts: dict[str, Stateful] = {"model": model, "optimizer": optimizer}
    step = resume(checkpoint, parts)
    started, recent = time.monotonic(), []
    with Interruption() as interrupted:
        while step < steps and not interrupted:
            rng = np.random.default_rng([1, step])
            crops = []
            for _ in range(_BATCH):
                _, picture = composer.compose(rng)
                x, y = rng.integers(0, picture.shape[0] - _CROP + 1, 2)
                crops.append(picture[y : y + _CROP, x : x + _CROP])
            pixels = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).float() / 127.5 - 1
            progress = step / steps
            rate = _LEARNING_RATE * min(1.0, (step + 1) / _WARM_UP) * (0.02 + 0.98 * (1 - progress) ** 1.2)
            for group in optimizer.param_groups:
                group["lr"] = rate
            with torch.autocast("cpu", torch.bfloat16):
                loss, pixel = loss_of(model, pixels.contiguous(memory_format=torch.channels_last))
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            step += 1
            recent.append(float(pixel))
            if step % 50 == 0:
                pace = (time.monotonic() - started) / len(recent)
                log.info("step %d  L1 %.4f  %.2f s/step", step, np.mean(recent), pace)
                started, recent = time.monotonic(), []
            if step % 250 == 0 or step == steps or interrupted:
                save(checkpoint, step, parts)


def standardise(model: AutoencoderKL, mean: torch.Tensor, spread: torch.Tensor) -> None:
    """Fold an affine map into the two 1x1 convolutions around the latent, so that each of its channels is standard.

    Args:
        model: An autoencoder as trained; changed in place.
        mean: Mean of each latent channel, float [4].
        spread: Standard deviation of each latent channel, float [4].
    """
    after, before = latent_convolutions(model)
    channels = len(mean)
    with torch.no_grad():
        after.bias[:channels] = (after.bias[:channels] - mean) / spread
        after.weight[:channels] /= spread[:, None, None, None]
        before.bias += (before.weight[:, :, 0, 0] * mean).sum(dim=1)
        before.weight *= spread[None, :, None, None]


def latent_convolutions(model: AutoencoderKL) -> tuple[Any, Any]:
    """The 1x1 convolutions after the encoder and before the decoder, which this configuration always has."""
    return model.quant_conv, model.post_quant_conv


def load_trained(work_dir: Path = WORK_DIR) -> AutoencoderKL:
    """The weights of the last checkpoint, with the refined decoder if there is one, in evaluation mode."""
    refined = work_dir / "decoder.pt"
    model = build()
    model.load_state_dict(
        torch.load(refined if refined.exists() else work_dir / "autoencoder.pt", weights_only=True)["model"]
    )
    return model.eval()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--decoder", action="store_true", help="go on with the decoder alone")
    arguments = parser.parse_args()
    train(arguments.steps, decoder_only=arguments.decoder)
