"""Turns an exported folder back into checkpoints, so that training goes on where the work folder was lost.

What is lost is the optimizers' state and the difference between the averaged and the current weights: the learning
rate warms up again, and after a few hundred steps the run is where it was.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
from pathlib import Path

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from transformers import CLIPTextModel

from doodle import WORK_DIR, autoencoder, diffusion
from doodle.checkpoints import Stateful, save
from doodle.export import TARGET

log = logging.getLogger("doodle.revive")

_AUTOENCODER_STEPS = 3200


def revive(source: Path = TARGET, work_dir: Path = WORK_DIR) -> None:
    """Write tokenizer, autoencoder and diffusion checkpoints from a folder that `doodle.export` wrote.

    Raises:
        FileExistsError: The work folder holds checkpoints already.
    """
    for name in ("autoencoder.pt", "diffusion.pt"):
        if (work_dir / name).exists():
            raise FileExistsError(f"{work_dir / name} is there: nothing to revive")
    for folder in ("tokenizer", "latents"):
        (work_dir / folder).mkdir(parents=True, exist_ok=True)
    for name in ("vocab.json", "merges.txt"):
        shutil.copy(source / "tokenizer" / name, work_dir / "tokenizer" / name)
    vae = autoencoder.build()
    vae.load_state_dict(AutoencoderKL.from_pretrained(source / "vae", torch_dtype=torch.float32).state_dict())
    parts: dict[str, Stateful] = {"model": vae, "optimizer": autoencoder.build_optimizer(vae)}
    save(work_dir / "autoencoder.pt", _AUTOENCODER_STEPS, parts)
    channels = autoencoder.LATENT_CHANNELS
    statistics = {"mean": [0.0] * channels, "spread": [1.0] * channels}
    (work_dir / "latents" / "statistics").write_text(json.dumps(statistics))
    model = diffusion.Model(work_dir)
    model.text_encoder.load_state_dict(
        CLIPTextModel.from_pretrained(source / "text_encoder", dtype=torch.float32).state_dict()
    )
    model.unet.load_state_dict(
        UNet2DConditionModel.from_pretrained(source / "unet", torch_dtype=torch.float32).state_dict()
    )
    steps = json.loads((source / "training.json").read_text())["steps"]
    parts = {"model": model, "ema": model, "optimizer": diffusion.build_optimizer(model)}
    save(work_dir / "diffusion.pt", steps, parts)
    log.info("revived at step %d", steps)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.manual_seed(0)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, default=TARGET)
    revive(parser.parse_args().source)
