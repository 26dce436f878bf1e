"""An engine without a model: what it does at each step is written in the prompt, as JSON.

Keys: `at` (the step something happens at, or "decode"), `mark` (a file: what happens, happens once, and the file is
made first), `die` (a signal's name), `exit` (an exit code), `raise` (`oom`, `lost`, `unknown`, `invalid`), `print`
(text, `times` over), `wait` (a file to wait for before the step ends), `child` (a command to start), `frame` (bytes, in
hex, to put on the wire between messages), `deaf` (seconds to compute without looking whether it is cancelled), `pace`
(seconds of every step), `prepare` (seconds of making ready before the first step). It happens only `on` a plan (fields
and their values) and only from `over` pixels on, when these are given; where it does not, `else` may hold another
script.

A model file that holds such JSON plays it while it is loaded; `eat` there takes so many bytes of memory. Devices come
from SCRIPTED_DEVICES, a JSON list of `Device` fields; without it there is one CPU.
"""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from safelight.domain.errors import Cancelled, DeviceLost, InvalidInput, OutOfMemory
from safelight.domain.events import Phase, Progress
from safelight.domain.models import ModelInfo
from safelight.domain.plans import Device, DType, Plan
from safelight.domain.request import GenerationRequest
from safelight.engines.contract import Engine, Picture, Pipeline, Sink


class ScriptedPipeline(Pipeline):
    """Draws one flat colour made of the seed, after as many steps as asked for."""

    def __init__(self, plan: Plan, ballast: bytes = b"") -> None:
        self._plan, self._ballast = plan, ballast

    def run(
        self,
        request: GenerationRequest,
        images: Mapping[str, Image.Image],
        sink: Sink,
        cancelled: Callable[[], bool],
    ) -> Iterator[Picture]:
        """See the contract."""
        script = _script(request.prompts.positive, self._plan, request.size.width * request.size.height)
        steps = request.sampling.steps
        if seconds := script.get("prepare"):
            sink.progress(Progress(phase=Phase.LOADING))
            time.sleep(seconds)
        for index in range(request.batch.count):
            for step in range(1, steps + 1):
                if cancelled():
                    raise Cancelled("The job was cancelled.")
                time.sleep(script.get("pace", 0))
                if step == script.get("at", 1):
                    _play(script, cancelled)
                sink.progress(
                    Progress(
                        phase=Phase.DENOISING,
                        picture=index,
                        count=request.batch.count,
                        step=step,
                        steps=steps,
                        seconds=0.0,
                    )
                )
                if request.previews.every and step % request.previews.every == 0:
                    sink.preview(index, np.zeros((8, 8, 3), dtype=np.uint8))
            if script.get("at") == "decode":
                sink.progress(Progress(phase=Phase.DECODING, picture=index, count=request.batch.count))
                _play(script, cancelled)
            seed = request.sampling.seed + index
            colour = np.random.default_rng(seed).integers(0, 256, 3, dtype=np.uint8)
            pixels = np.broadcast_to(colour, (request.size.height, request.size.width, 3)).copy()
            if request.init:
                pixels = (
                    pixels // 2
                    + np.asarray(
                        images[request.init.image.sha256]
                        .convert("RGB")
                        .resize((request.size.width, request.size.height))
                    )
                    // 2
                ).astype(np.uint8)
                if request.init.mask:
                    mask = np.asarray(images[request.init.mask.sha256].convert("L"))[..., None] > 127
                    pixels = np.where(mask, pixels, np.asarray(images[request.init.image.sha256].convert("RGB")))
            yield Picture(pixels, index, seed)

    def close(self) -> None:
        """See the contract."""


class ScriptedEngine(Engine):
    """See the contract."""

    version = "scripted 0.1"

    def devices(self) -> list[Device]:
        """See the contract."""
        given = json.loads(os.environ.get("SCRIPTED_DEVICES", "[]"))
        script = {"name": "Script", "memory": 2**30, "dtypes": (DType.FLOAT32,)}
        return [Device.model_validate(script | fields) for fields in given or [{"id": "cpu"}]]

    def load(self, model: ModelInfo, plan: Plan, sink: Sink) -> ScriptedPipeline:
        """See the contract."""
        sink.progress(Progress(phase=Phase.LOADING))
        script = _script(model.path.read_text(), plan, 0)
        _play(script, lambda: False)
        return ScriptedPipeline(plan, b"x" * script.get("eat", 0))


def _script(text: str, plan: Plan, pixels: int) -> dict[str, Any]:
    """The script, if it is one and is meant for this plan and size."""
    script: dict[str, Any] = json.loads(text) if text.startswith("{") else {}
    fields = plan.model_dump(mode="json")
    meant = all(fields[name] == value for name, value in script.get("on", {}).items())
    other: dict[str, Any] = script.get("else", {})
    return script if meant and pixels >= script.get("over", 0) else other


def _disturb(script: dict[str, Any]) -> None:
    """What a native library might do to the process around it."""
    if text := script.get("print"):
        print(text * script.get("times", 1), flush=True)
    if command := script.get("child"):
        subprocess.Popen(command.split())
    if frame := script.get("frame"):
        [wire] = [int(name) for name in os.listdir("/proc/self/fd") if _is_socket(name)]
        os.write(wire, bytes.fromhex(frame))


def _is_socket(descriptor: str) -> bool:
    try:
        return stat.S_ISSOCK(os.fstat(int(descriptor)).st_mode)
    except OSError:  # the listing's own descriptor is gone by now
        return False


def _play(script: dict[str, Any], cancelled: Callable[[], bool]) -> None:
    if mark := script.get("mark"):
        if Path(mark).exists():
            return
        Path(mark).touch()
    _disturb(script)
    if file := script.get("wait"):
        while not Path(file).exists():
            if cancelled():
                raise Cancelled("The job was cancelled.")
            time.sleep(0.01)
    time.sleep(script.get("deaf", 0))
    match script.get("raise"):
        case "lost":
            raise DeviceLost("The script lost its device.")
        case "oom":
            raise OutOfMemory("The script ran out of memory.")
        case "unknown":
            raise LookupError("something nobody thought of")
        case "invalid":
            raise InvalidInput("The script does not like it.")
    if name := script.get("die"):
        os.kill(os.getpid(), signal.Signals[name])
    if "exit" in script:
        os._exit(int(script["exit"]))
