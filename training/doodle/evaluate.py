"""Draws the everyday things with the exported model and measures: is it the thing, is the background right, is it new?

Three measures. The judge (see `doodle.judge`) names what each picture shows. The median colour of the picture's
border is compared with the background that was asked for. And each picture is laid beside every picture the model was
trained on: the distance to the nearest one says how far it goes beyond copying, next to what fresh compositions of the
same drawings have.
"""

from __future__ import annotations

import argparse
import json
import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler
from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler
from diffusers.schedulers.scheduling_unipc_multistep import UniPCMultistepScheduler
from numpy.typing import NDArray
from PIL import Image

from doodle import PIXELS, WORK_DIR
from doodle.export import MODEL_CARD, TARGET
from doodle.judge import class_names, held_out_accuracy, pictures_of_classes, prepare, ranks, train
from doodle.latents import chunks_on_disk, compose_chunk
from doodle.pictures import load_pictures
from doodle.scenes import BACKGROUNDS, Composer, with_article

log = logging.getLogger("doodle.evaluate")

REPORT = Path(__file__).parents[1] / "evaluation.json"
SAMPLERS: dict[tuple[str, str], tuple[Any, dict[str, Any]]] = {
    ("ddim", "discrete"): (DDIMScheduler, {"timestep_spacing": "trailing"}),
    ("euler", "discrete"): (EulerDiscreteScheduler, {"timestep_spacing": "linspace"}),
    ("euler", "karras"): (EulerDiscreteScheduler, {"use_karras_sigmas": True}),
    ("dpmpp_2m", "discrete"): (DPMSolverMultistepScheduler, {"timestep_spacing": "linspace"}),
    ("dpmpp_2m", "karras"): (DPMSolverMultistepScheduler, {"use_karras_sigmas": True}),
    ("unipc", "discrete"): (UniPCMultistepScheduler, {"timestep_spacing": "linspace"}),
}
"""(sampler, scheduler) as Safelight names them → the class and options of diffusers."""

_FIGURES_HERE = "<!-- figures -->"
_BATCH, _BORDER, _SMALL = 10, 6, 32
_PROMPT_SEED, _FRESH_SEED = 8, 9


@dataclass(frozen=True)
class Prompt:
    """One picture to draw: the class it should show, the words, the background they name, the seed."""

    label: int
    style: str
    background: str
    seed: int

    @property
    def text(self) -> str:
        """For instance `red apple, flat style, on a blue background`."""
        background = with_article(f"{self.background} background")
        return f"{class_names()[self.label]}, {self.style} style, on {background}"


def make_prompts(seeds: int, work_dir: Path = WORK_DIR) -> list[Prompt]:
    """Every thing `seeds` times, each time in a style it was drawn in, on a background picked at random."""
    pictures = load_pictures(work_dir)
    rows, labels = pictures_of_classes(pictures)
    rng = np.random.default_rng(_PROMPT_SEED)
    prompts = []
    for label in range(len(class_names())):
        styles = sorted({pictures.styles[pictures.style[row]] for row in rows[labels == label]} - {"retro"})
        for seed in range(seeds):
            background = str(rng.choice(list(BACKGROUNDS)))
            prompts.append(Prompt(label, styles[(label + seed) % len(styles)], background, seed))
    return prompts


def load_pipeline(folder: Path, sampler: str, scheduler: str) -> StableDiffusionPipeline:
    """The exported folder as diffusers loads it, in bf16, with one of `SAMPLERS`."""
    pipeline = StableDiffusionPipeline.from_pretrained(folder, dtype=torch.bfloat16)
    kind, options = SAMPLERS[sampler, scheduler]
    pipeline.scheduler = kind.from_config(pipeline.scheduler.config, **options)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def draw(pipeline: StableDiffusionPipeline, prompts: list[Prompt], steps: int, cfg_scale: float) -> NDArray[np.uint8]:
    """Pictures, uint8 [n, 128, 128, 3]."""
    drawn: list[NDArray[np.uint8]] = []
    for start in range(0, len(prompts), _BATCH):
        batch = prompts[start : start + _BATCH]
        result = pipeline(
            [prompt.text for prompt in batch],
            height=PIXELS,
            width=PIXELS,
            num_inference_steps=steps,
            guidance_scale=cfg_scale,
            generator=[torch.Generator().manual_seed(1000 * p.seed + p.label) for p in batch],
        )
        drawn += [np.asarray(image) for image in result.images]
    return np.stack(drawn)


def name_background(picture: NDArray[np.uint8]) -> str:
    """The background word nearest to the median colour of a picture's border, six pixels wide."""
    inside = np.zeros(picture.shape[:2], bool)
    inside[_BORDER:-_BORDER, _BORDER:-_BORDER] = True
    colour = np.median(picture[~inside], axis=0)
    return min(BACKGROUNDS, key=lambda word: float(((colour - np.array(BACKGROUNDS[word])) ** 2).sum()))


def shrink(pictures: NDArray[np.uint8]) -> torch.Tensor:
    """Pictures as vectors, float [n, 3072]: 32 pixels a side, 0 to 1."""
    pixels = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
    return F.avg_pool2d(pixels, PIXELS // _SMALL).flatten(1)


def nearest(queries: torch.Tensor, known: torch.Tensor) -> NDArray[np.float64]:
    """Root-mean-square difference per channel (0 to 1) between each query and the nearest known picture."""
    best = torch.cat([torch.cdist(batch, known).amin(dim=1) for batch in queries.split(100)])
    distances: NDArray[np.float64] = (best / queries.shape[1] ** 0.5).double().numpy()
    return distances


def quantiles(values: NDArray[np.float64]) -> dict[str, float]:
    """The 5th, 25th, 50th, 75th and 95th percentile."""
    return {f"p{q:02d}": round(float(np.percentile(values, q)), 4) for q in (5, 25, 50, 75, 95)}


def novelty(pictures: NDArray[np.uint8], prompts: list[Prompt], work_dir: Path = WORK_DIR) -> dict[str, Any]:
    """How far generated pictures are from the training pictures, and how far two kinds of real pictures are."""
    composer = Composer(load_pictures(work_dir))
    known = torch.cat([shrink(compose_chunk(composer, number)) for number in chunks_on_disk(work_dir)])
    rows, labels = pictures_of_classes(composer.pictures)
    rng = np.random.default_rng(_FRESH_SEED)
    fresh, other = [], []
    for prompt in prompts:
        fresh.append(composer.compose_of([int(rng.choice(rows[labels == prompt.label]))], rng, recolour=False)[1])
        other.append(composer.compose_of([int(rng.choice(rows[labels != prompt.label]))], rng, recolour=False)[1])
    here, there = shrink(np.stack(fresh)), shrink(np.stack(other))
    apart = ((here - there) ** 2).mean(dim=1).sqrt().double().numpy()
    return {
        "unit": "root-mean-square difference at 32x32 pixels, channels 0 to 1",
        "training_pictures": len(known),
        "generated_to_nearest_training_picture": quantiles(nearest(shrink(pictures), known)),
        "fresh_composition_to_nearest_training_picture": quantiles(nearest(here, known)),
        "two_real_pictures_of_different_things": quantiles(apart),
    }


def contact_sheet(pictures: NDArray[np.uint8], columns: int = 20) -> Image.Image:
    """The pictures row by row, half size."""
    columns = min(columns, len(pictures))
    rows = len(pictures) // columns
    grid = pictures[: rows * columns, ::2, ::2].reshape(rows, columns, PIXELS // 2, PIXELS // 2, 3)
    return Image.fromarray(grid.transpose(0, 2, 1, 3, 4).reshape(rows * PIXELS // 2, columns * PIXELS // 2, 3))


def evaluate(folder: Path, seeds: int, work_dir: Path = WORK_DIR) -> dict[str, Any]:
    """Draw, judge and measure; return the report and leave a contact sheet in the work folder."""
    settings = json.loads((folder / "safelight.json").read_text())
    defaults = settings["defaults"]
    judge = train(work_dir=work_dir)
    prompts = make_prompts(seeds, work_dir)
    pipeline = load_pipeline(folder, defaults["sampler"], defaults["scheduler"])
    started = time.monotonic()
    pictures = draw(pipeline, prompts, defaults["steps"], defaults["cfg_scale"])
    log.info("drew %d pictures, %.2f s each", len(pictures), (time.monotonic() - started) / len(pictures))
    contact_sheet(pictures[::seeds]).save(work_dir / "evaluation.png")
    places = ranks(judge, prepare(pictures), np.array([prompt.label for prompt in prompts]))
    missed = [p.label for p, place in zip(prompts, places, strict=True) if place >= 5]  # noqa: PLR2004
    right_background = [name_background(x) == p.background for x, p in zip(pictures, prompts, strict=True)]
    styles = np.array([prompt.style for prompt in prompts])
    return {
        "trained_steps": json.loads((folder / "training.json").read_text())["steps"],
        "settings": defaults,
        "things": len(class_names()),
        "pictures": len(pictures),
        "top1": round(float((places == 0).mean()), 4),
        "top5": round(float((places < 5).mean()), 4),  # noqa: PLR2004
        "top1_by_style": {s: round(float((places[styles == s] == 0).mean()), 4) for s in sorted(set(styles))},
        "background": round(float(np.mean(right_background)), 4),
        "judge_on_real_compositions": {k: round(v, 4) for k, v in held_out_accuracy(judge, work_dir).items()},
        "novelty": novelty(pictures, prompts, work_dir),
        "never_in_top5": [name for label, name in enumerate(class_names()) if missed.count(label) == seeds],
    }


def describe(report: dict[str, Any]) -> str:
    """The report as the model card shows it."""
    judge, novelty_report = report["judge_on_real_compositions"], report["novelty"]
    median = {name: f"{values['p50']:.3f}" for name, values in novelty_report.items() if isinstance(values, dict)}
    styles = ", ".join(f"{style} {share:.1%}" for style, share in report["top1_by_style"].items())
    rows = [
        ("what was drawn", f"{report['things']} things, {report['pictures']} pictures"),
        ("the judge names the thing (top-1)", f"{report['top1']:.1%} ({styles})"),
        ("it is among the judge's first five", f"{report['top5']:.1%}"),
        ("background as asked for", f"{report['background']:.1%}"),
        ("the judge on real compositions, top-1 / top-5", f"{judge['top1']:.1%} / {judge['top5']:.1%}"),
        (
            "generated picture to nearest training picture, median",
            median["generated_to_nearest_training_picture"],
        ),
        (
            "fresh real composition to nearest training picture, median",
            median["fresh_composition_to_nearest_training_picture"],
        ),
        ("two real pictures of different things, median", median["two_real_pictures_of_different_things"]),
    ]
    table = "\n".join(f"| {name} | {value} |" for name, value in rows)
    return f"Measured after {report['trained_steps']:,} steps.\n\n| measure | value |\n|---|---|\n{table}"


def publish(report: dict[str, Any], folder: Path, path: Path = REPORT) -> None:
    """Write `evaluation.json`, and the exported folder's model card with the figures in it."""
    path.write_text(json.dumps(report, indent=2) + "\n")
    card = MODEL_CARD.read_text().replace(_FIGURES_HERE, describe(report))
    (folder / MODEL_CARD.name).write_text(card)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=TARGET)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--report", type=Path, default=REPORT)
    arguments = parser.parse_args()
    report = evaluate(arguments.folder, arguments.seeds)
    publish(report, arguments.folder, arguments.report)
    log.info("%s", json.dumps(report, indent=2))
