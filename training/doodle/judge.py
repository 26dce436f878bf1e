"""A small classifier of the everyday things, trained on renders alone: it says what a generated picture shows.

It never sees a generated picture in training. What it sees is bent, blurred and tinted far more than any render, so
that it looks at shapes and not at exact pixels. Its own accuracy is measured on compositions it was not trained on.
"""

from __future__ import annotations

import argparse
import json
import logging
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

from doodle import WORK_DIR
from doodle.checkpoints import Interruption, Stateful, resume, save
from doodle.everyday import everyday_words
from doodle.pictures import PictureSet, load_pictures
from doodle.scenes import Composer

log = logging.getLogger("doodle.judge")

SIDE = 64
STEPS = 1500
_BATCH, _LEARNING_RATE, _SMOOTHING = 64, 2e-3, 0.1
_WIDTHS = (32, 64, 128, 256)
_SAVE_EVERY = 100
_HELD_OUT = 4  # compositions of each picture in the validation set
_TRAIN_SEED, _HELD_OUT_SEED = 6, 7


class Judge(nn.Module):
    """A residual network for 64-pixel pictures in [-1, 1]; `features` is what stands before the last layer."""

    def __init__(self, things: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(3, _WIDTHS[0], 3, stride=2, padding=1, bias=False)]
        for narrow, wide in zip((_WIDTHS[0], *_WIDTHS), _WIDTHS, strict=False):
            layers += [_Block(narrow, wide), nn.MaxPool2d(2) if wide < _WIDTHS[-1] else nn.Identity()]
        self.features = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.last = nn.Linear(_WIDTHS[-1], things)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Scores, float [n, things], for pixels float [n, 3, 64, 64]."""
        scores: torch.Tensor = self.last(self.features(pixels))
        return scores


class _Block(nn.Module):
    def __init__(self, narrow: int, wide: int) -> None:
        super().__init__()
        self.skip = nn.Conv2d(narrow, wide, 1, bias=False)
        self.body = nn.Sequential(
            nn.BatchNorm2d(narrow),
            nn.ReLU(),
            nn.Conv2d(narrow, wide, 3, padding=1, bias=False),
            nn.BatchNorm2d(wide),
            nn.ReLU(),
            nn.Conv2d(wide, wide, 3, padding=1, bias=False),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.skip(x) + self.body(x)
        return result


def class_names() -> list[str]:
    """The names the judge's scores stand for, in order."""
    return list(everyday_words())


def pictures_of_classes(pictures: PictureSet) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the indices of the pictures that show an everyday thing, and the class of each."""
    number = {name: i for i, name in enumerate(class_names())}
    labels = np.array([number.get(pictures.things[thing].name, -1) for thing in pictures.thing])
    rows = np.flatnonzero(labels >= 0)
    return rows, labels[rows]


def prepare(pictures: NDArray[np.uint8]) -> torch.Tensor:
    """Pixels as the judge reads them, float [n, 3, 64, 64], from uint8 [n, 128, 128, 3]."""
    pixels = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1
    return F.avg_pool2d(pixels, pixels.shape[-1] // SIDE)


def disturb(pixels: torch.Tensor, random: torch.Generator) -> torch.Tensor:
    """Turn, scale, shift, bend, tint, blur and grain each picture of a batch on its own."""
    count = len(pixels)

    def uniform(low: float, high: float, *shape: int) -> torch.Tensor:
        return torch.rand(count, *shape, generator=random) * (high - low) + low

    angle, scale, shift = uniform(-0.3, 0.3), uniform(0.85, 1.25), uniform(-0.12, 0.12, 2)
    cosine, sine = torch.cos(angle) * scale, torch.sin(angle) * scale
    affine = torch.stack([cosine, -sine, shift[:, 0], sine, cosine, shift[:, 1]], dim=1).view(count, 2, 3)
    grid = F.affine_grid(affine, list(pixels.shape), align_corners=False)
    bend = F.interpolate(uniform(-1, 1, 2, 5, 5), size=SIDE, mode="bicubic", align_corners=True)
    grid = grid + (bend * uniform(0, 0.12, 1, 1, 1)).permute(0, 2, 3, 1)
    pixels = F.grid_sample(pixels, grid, padding_mode="border", align_corners=False)
    pixels = pixels * uniform(0.8, 1.2, 3, 1, 1) + uniform(-0.15, 0.15, 3, 1, 1)
    soft = F.avg_pool2d(F.avg_pool2d(pixels, 3, 1, 1, count_include_pad=False), 3, 1, 1, count_include_pad=False)
    pixels = torch.lerp(pixels, soft, uniform(-0.5, 1, 1, 1, 1))
    grain = torch.randn(pixels.shape, generator=random)
    return (pixels + grain * uniform(0, 0.12, 1, 1, 1)).clamp(-1, 1)


def train(steps: int = STEPS, work_dir: Path = WORK_DIR) -> Judge:
    """Train to `steps` in all, resuming from the last checkpoint, and return the judge in evaluation mode."""
    checkpoint = work_dir / "judge.pt"
    composer = Composer(load_pictures(work_dir))
    rows, labels = pictures_of_classes(composer.pictures)
    torch.manual_seed(0)
    judge = Judge(len(class_names()))
    optimizer = torch.optim.AdamW(judge.parameters(), lr=_LEARNING_RATE, weight_decay=0.02)
    parts: dict[str, Stateful] = {"judge": judge, "optimizer": optimizer}
    step = resume(checkpoint, parts)
    started, recent = time.monotonic(), []
    judge.train()
    with Interruption() as interrupted:
        while step < steps and not interrupted:
            rng = np.random.default_rng([_TRAIN_SEED, step])
            chosen = rng.integers(0, len(rows), _BATCH)
            batch = np.stack([composer.compose_of([int(rows[i])], rng, recolour=False)[1] for i in chosen])
            pixels = disturb(prepare(batch), torch.Generator().manual_seed(step))
            rate = _LEARNING_RATE * min((step + 1) / 100, 1.0, 0.01 + 1.25 * (1 - step / steps))
            for group in optimizer.param_groups:
                group["lr"] = rate
            loss = F.cross_entropy(judge(pixels), torch.from_numpy(labels[chosen]), label_smoothing=_SMOOTHING)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
            recent.append(float(loss.detach()))
            if step % _SAVE_EVERY == 0 or step == steps or interrupted:
                pace = (time.monotonic() - started) / len(recent)
                log.info("step %d  loss %.3f  %.2f s/step", step, np.mean(recent), pace)
                started, recent = time.monotonic(), []
                save(checkpoint, step, parts)
    return judge.eval()


@torch.inference_mode()
def ranks(judge: Judge, pixels: torch.Tensor, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """The place of the right class among the scores, 0 for the best, of each picture of float [n, 3, 64, 64]."""
    scores = torch.cat([judge(batch) for batch in pixels.split(128)])
    right = scores.gather(1, torch.from_numpy(labels)[:, None])
    places: NDArray[np.int64] = (scores > right).sum(dim=1).numpy()
    return places


def held_out_accuracy(judge: Judge, work_dir: Path = WORK_DIR) -> dict[str, float]:
    """Top-1 and top-5 on compositions of every picture that were not trained on, overall and by style."""
    composer = Composer(load_pictures(work_dir))
    rows, labels = pictures_of_classes(composer.pictures)
    rng = np.random.default_rng(_HELD_OUT_SEED)
    drawn = [composer.compose_of([int(r)], rng, recolour=False)[1] for r in rows for _ in range(_HELD_OUT)]
    places = ranks(judge, prepare(np.stack(drawn)), labels.repeat(_HELD_OUT))
    styles = composer.pictures.style[rows].repeat(_HELD_OUT)
    result = {"top1": float((places == 0).mean()), "top5": float((places < 5).mean()), "pictures": len(places)}  # noqa: PLR2004
    for number, style in enumerate(composer.pictures.styles):
        result[f"top1_{style}"] = float((places[styles == number] == 0).mean())
    return result


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS)
    log.info("%s", json.dumps(held_out_accuracy(train(parser.parse_args().steps)), indent=2))
