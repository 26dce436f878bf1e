"""The contenders. Each draws in a process of its own, twice: once to warm up, once measured.

Run as `python -m benchmarks.comparison.contenders NAME ARCHITECTURE SIDE STEPS FILES`; prints what it took as JSON.
"""

from __future__ import annotations

import importlib
import itertools
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from benchmarks.comparison.case import GUIDANCE, PROMPT, SEED, Case, Taken
from benchmarks.memory import peak_bytes

_WARM_STEPS = 2


class _Steps:
    """When steps were done."""

    def __init__(self) -> None:
        self._at: list[float] = []

    def note(self, *_: Any) -> None:
        """Called after each step, and once before the first where that can be told."""
        self._at.append(time.monotonic())

    def seconds(self, steps: int) -> float:
        """All steps: the mean pace between what was noted, for so many."""
        pairs = [after - before for before, after in itertools.pairwise(self._at)]
        return sum(pairs) / len(pairs) * steps


def _resident(pid: int) -> tuple[int, int]:
    """Peak and present bytes of a process and its children, added up."""
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(peak_bytes(one.pid) for one in family), sum(one.memory_info().rss for one in family)


def _measured(case: Case, ready: float, draw: Callable[[int, _Steps], object], pid: int) -> Taken:
    draw(_WARM_STEPS, _Steps())
    steps = _Steps()
    begun = time.monotonic()
    draw(case.steps, steps)
    took = time.monotonic() - begun
    peak, retained = _resident(pid)
    return Taken(ready=ready, picture=took, denoising=steps.seconds(case.steps), peak=peak, retained=retained)


def safelight(case: Case, **settings: object) -> Taken:
    """A server as a user starts it; the order comes over HTTP, the steps are what its event stream tells."""
    with _served(case, **settings) as (server, model, ready):

        def draw(count: int, steps: _Steps) -> None:
            job = server.queue(PROMPT, **_order(case, model, count))
            for event in server.events(job, after=0):
                if event["type"] == "progress" and event["phase"] == "denoising" and event["step"]:
                    steps.note()
                if event["type"] in ("completed", "failed"):
                    assert event["type"] == "completed", event  # noqa: S101
                    break

        return _measured(case, ready, draw, server.process.pid)


@contextmanager
def _served(case: Case, **settings: object) -> Iterator[tuple[Any, str, float]]:
    from tests.real_size import checkpoint  # noqa: PLC0415
    from tests.servers import running_server  # noqa: PLC0415

    file = checkpoint(case.files, case.architecture)
    folder = case.files / "safelight"
    (folder / "models").mkdir(parents=True, exist_ok=True)
    if not (folder / "models" / file.name).exists():
        os.link(file, folder / "models" / file.name)
    begun = time.monotonic()
    with running_server(folder, **settings) as server:
        server.client.post(f"/api/v1/models/{file.stem}/load", timeout=600).raise_for_status()
        yield server, file.stem, time.monotonic() - begun


def _order(case: Case, model: str, steps: int) -> dict[str, object]:
    size = {"width": case.side, "height": case.side}
    how = {"sampler": "euler", "scheduler": "discrete", "cfg_scale": GUIDANCE, "seed": SEED}
    return {"model": model, "steps": steps} | size | how


def torch_only(case: Case) -> Taken:
    """The same server with its acceleration off."""
    return safelight(case, engine_options='{"diffusers": {"acceleration": "torch"}}')


def tutorial(case: Case) -> Taken:
    """Diffusers as seed 001 writes it: fp32 on a CPU, nothing else set."""
    import torch  # noqa: PLC0415
    from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline  # noqa: PLC0415
    from tests.real_size import folder  # noqa: PLC0415

    kind: Any = StableDiffusionXLPipeline if case.architecture == "sdxl" else StableDiffusionPipeline
    begun = time.monotonic()
    pipe = kind.from_pretrained(folder(case.files, case.architecture), dtype=torch.float32, local_files_only=True)
    pipe.set_progress_bar_config(disable=True)
    ready = time.monotonic() - begun

    def draw(count: int, steps: _Steps) -> None:
        def note(_pipe: Any, _step: int, _time: Any, tensors: dict[str, Any]) -> dict[str, Any]:
            steps.note()
            return tensors

        generator = torch.Generator("cpu").manual_seed(SEED)
        size = {"width": case.side, "height": case.side}
        pipe(
            PROMPT,
            num_inference_steps=count,
            guidance_scale=GUIDANCE,
            generator=generator,
            callback_on_step_end=note,
            **size,
        )

    return _measured(case, ready, draw, os.getpid())


def sdcpp_f16(case: Case) -> Taken:
    """stable-diffusion.cpp through its Python binding, weights as published."""
    from tests.real_size import checkpoint  # noqa: PLC0415

    return _sdcpp(case, checkpoint(case.files, case.architecture))


def sdcpp_q8_0(case: Case) -> Taken:
    """The same on a q8_0 file of these weights."""
    return _sdcpp(case, quantised(case))


def quantised(case: Case) -> Path:
    """The q8_0 file, made by Safelight's own conversion if it is not there."""
    import asyncio  # noqa: PLC0415

    from tests.real_size import checkpoint  # noqa: PLC0415

    from safelight.domain.conversion import Conversion, WeightType  # noqa: PLC0415
    from safelight.settings import load_settings  # noqa: PLC0415
    from safelight.workers.conversion import convert_file  # noqa: PLC0415

    target = case.files / f"{case.architecture}-random-q8_0.gguf"
    if not target.exists():
        source = checkpoint(case.files, case.architecture)
        order = Conversion(source=source, output=target, type=WeightType.Q8_0)
        asyncio.run(convert_file(order, load_settings(), lambda _: None, force=False))
    return target


def _sdcpp(case: Case, file: Path) -> Taken:
    library: Any = importlib.import_module("stable_diffusion_cpp")
    begun = time.monotonic()
    model = library.StableDiffusion(
        model_path=str(file), n_threads=psutil.cpu_count(logical=False) or 1, vae_decode_only=True, verbose=False
    )
    ready = time.monotonic() - begun
    steps = _Steps()
    started = time.monotonic()
    # No warm-up: it has nothing to compile, and its file was read a moment ago.
    model.generate_image(
        PROMPT,
        width=case.side,
        height=case.side,
        cfg_scale=GUIDANCE,
        sample_steps=case.steps,
        sample_method="euler",
        scheduler="discrete",
        seed=SEED,
        progress_callback=lambda step, count, seconds: steps.note() if count == case.steps else None,
    )
    took = time.monotonic() - started
    peak, retained = _resident(os.getpid())
    return Taken(ready=ready, picture=took, denoising=steps.seconds(case.steps), peak=peak, retained=retained)


def openvino_loop(case: Case) -> Taken:
    """The UNet alone in OpenVINO: converted, compiled for this shape in the best number type, run step by step."""
    import numpy as np  # noqa: PLC0415

    begun = time.monotonic()
    request = _compiled_unet(case)
    ready = time.monotonic() - begun
    latent = np.random.default_rng(SEED).standard_normal((1, 4, case.side // 8, case.side // 8), np.float32)

    def draw(count: int, steps: _Steps) -> None:
        now = latent * 14.6
        steps.note()
        sigmas = np.linspace(14.6, 0, count + 1, dtype=np.float32)
        for sigma, lower in itertools.pairwise(sigmas):
            scaled = np.repeat(now / np.sqrt(sigma**2 + 1), 2, axis=0)
            out = next(iter(request([scaled, np.float32(999 * sigma / 14.6)]).values()))
            noise = out[:1] + GUIDANCE * (out[1:] - out[:1])
            now = now + noise * (lower - sigma)
            steps.note()

    taken = _measured(case, ready, draw, os.getpid())
    return Taken(**asdict(taken) | {"picture": None})


def _compiled_unet(case: Case) -> Callable[[list[Any]], dict[Any, Any]]:
    import torch  # noqa: PLC0415
    from diffusers import UNet2DConditionModel  # noqa: PLC0415
    from tests.real_size import UNETS, folder  # noqa: PLC0415

    from safelight.engines.diffusers.acceleration import toolkit  # noqa: PLC0415

    openvino = toolkit.openvino()  # without its telemetry
    source = folder(case.files, case.architecture) / "unet"
    unet = UNet2DConditionModel.from_pretrained(source, torch_dtype=torch.float32).eval()
    width = UNETS[case.architecture]["cross_attention_dim"]

    class Bare(torch.nn.Module):
        """Embeddings of a prompt are constant while a picture is drawn."""

        def __init__(self) -> None:
            super().__init__()
            self.unet = unet
            self.register_buffer("words", torch.randn(2, 77, width))
            if case.architecture == "sdxl":
                self.register_buffer("pooled", torch.randn(2, 1280))
                self.register_buffer("sizes", torch.tensor([[1024.0, 1024, 0, 0, 1024, 1024]] * 2))

        def forward(self, latents: torch.Tensor, moment: torch.Tensor) -> torch.Tensor:
            """[2, 4, height / 8, width / 8] and one number → the same shape."""
            extra = {"text_embeds": self.pooled, "time_ids": self.sizes} if case.architecture == "sdxl" else None
            found: torch.Tensor = self.unet(latents, moment, self.words, added_cond_kwargs=extra, return_dict=False)[0]
            return found

    shape = (2, 4, case.side // 8, case.side // 8)
    with torch.inference_mode():
        model = openvino.convert_model(
            Bare(), example_input=(torch.randn(shape), torch.tensor(1.0)), input=[shape, openvino.PartialShape([])]
        )
    hint = "bf16" if "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"
    compiled = openvino.Core().compile_model(
        model, "CPU", {"INFERENCE_PRECISION_HINT": hint, "PERFORMANCE_HINT": "LATENCY"}
    )
    request = compiled.create_infer_request()
    infer: Callable[[list[Any]], dict[Any, Any]] = request.infer
    return infer


CONTENDERS: dict[str, Callable[[Case], Taken]] = {
    "safelight": safelight,
    "safelight-torch": torch_only,
    "openvino-loop": openvino_loop,
    "tutorial": tutorial,
    "sdcpp-f16": sdcpp_f16,
    "sdcpp-q8_0": sdcpp_q8_0,
}


def main() -> None:
    """Draw, and print what it took after whatever the libraries print."""
    name, architecture, side, steps, files = sys.argv[1:]
    case = Case(architecture, int(side), int(steps), Path(files))
    print(json.dumps(asdict(CONTENDERS[name](case))))


if __name__ == "__main__":
    main()
