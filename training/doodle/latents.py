"""Fills the latent bank: composed scenes, encoded once, so that diffusion training never runs the encoder."""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from numpy.typing import NDArray

from doodle import WORK_DIR
from doodle.autoencoder import load_trained, standardise
from doodle.pictures import load_pictures
from doodle.scenes import Composer, Scene

log = logging.getLogger("doodle.latents")

_CHUNK, _BATCH = 8192, 32


@dataclass
class LatentBank:
    """`latents`: float16 [n, 4, 16, 16], every channel with mean 0 and spread 1; one scene each."""

    latents: torch.Tensor
    scenes: list[Scene]

    @classmethod
    def load(cls, work_dir: Path = WORK_DIR) -> LatentBank:
        """Read every finished chunk. Raises FileNotFoundError before the first one is there."""
        folder = work_dir / "latents"
        chunks = sorted(folder.glob("????.npy"))
        if not chunks:
            raise FileNotFoundError(f"no latents in {folder}: run python -m doodle.latents first")
        scenes = [scene for chunk in chunks for scene in _read_scenes(chunk.with_suffix(".json"))]
        latents = torch.from_numpy(np.concatenate([np.load(chunk) for chunk in chunks]))
        mean, spread = read_statistics(work_dir)
        return cls(((latents.float() - mean[:, None, None]) / spread[:, None, None]).half(), scenes)


def read_statistics(work_dir: Path = WORK_DIR) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and spread of each channel of the first chunk, float [4] each."""
    statistics = json.loads((work_dir / "latents" / "statistics").read_text())
    return torch.tensor(statistics["mean"]), torch.tensor(statistics["spread"])


def load_standard_autoencoder(work_dir: Path = WORK_DIR) -> AutoencoderKL:
    """The trained autoencoder with the standard latents that the diffusion model is trained on."""
    autoencoder = load_trained(work_dir)
    standardise(autoencoder, *read_statistics(work_dir))
    return autoencoder


def fill(chunks: int, work_dir: Path = WORK_DIR) -> None:
    """Add chunks of scenes until there are `chunks`; those on disk are kept."""
    folder = work_dir / "latents"
    folder.mkdir(parents=True, exist_ok=True)
    composer = Composer(load_pictures(work_dir))
    autoencoder = load_trained(work_dir)
    for number in range(chunks):
        target = folder / f"{number:04d}.npy"
        if target.exists():
            continue
        latents, scenes = [], []
        for composed in _batches(composer, number):
            scenes += [scene for scene, _ in composed]
            pixels = torch.from_numpy(np.stack([p for _, p in composed])).permute(0, 3, 1, 2).float() / 127.5 - 1
            with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
                mean = autoencoder._encode(pixels.contiguous(memory_format=torch.channels_last)).chunk(2, dim=1)[0]
            latents.append(mean.float().numpy().astype(np.float16))
        stacked = np.concatenate(latents)
        if not (folder / "statistics").exists():
            whole = stacked.astype(np.float32)
            statistics = {"mean": whole.mean(axis=(0, 2, 3)).tolist(), "spread": whole.std(axis=(0, 2, 3)).tolist()}
            (folder / "statistics").write_text(json.dumps(statistics))
        target.with_suffix(".json").write_text(json.dumps([asdict(scene) for scene in scenes]))
        np.save(target.with_suffix(".part"), stacked)
        target.with_suffix(".part.npy").replace(target)
        log.info("chunk %d of %d", number + 1, chunks)


def chunks_on_disk(work_dir: Path = WORK_DIR) -> list[int]:
    """The numbers of the finished chunks."""
    return sorted(int(path.stem) for path in (work_dir / "latents").glob("????.npy"))


def compose_chunk(composer: Composer, number: int) -> NDArray[np.uint8]:
    """Draw the pictures of a chunk again, uint8 [8192, 128, 128, 3]: what the model was trained on."""
    return np.stack([picture for composed in _batches(composer, number) for _, picture in composed])


def _batches(composer: Composer, number: int) -> Iterator[list[tuple[Scene, NDArray[np.uint8]]]]:
    rng = np.random.default_rng([2, number])
    for _ in range(_CHUNK // _BATCH):
        yield [composer.compose(rng) for _ in range(_BATCH)]


def _read_scenes(path: Path) -> Iterator[Scene]:
    for row in json.loads(path.read_text()):
        listed = {key: tuple(row[key]) for key in ("things", "colours", "recoloured")}
        yield Scene(**listed, style=row["style"], background=row["background"], size=row["size"])


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=12)
    fill(parser.parse_args().chunks)
