"""What a job takes besides its drawing, and how right the times are that the server tells: over HTTP, by diffusers.

Run one by name: `python -m benchmarks.times warm`, `second`, `told`. `--model FILE` takes another model than `doodle`.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image
from tests.servers import Server, read_events, running_server

from benchmarks.serve import show
from safelight.images.files import write_file

OPENVINO = json.dumps({"diffusers": {"acceleration": "openvino"}})
Body = dict[str, Any]


def call(server: Server, body: Body) -> tuple[float, dict[str, Any]]:
    """Seconds of a `POST /generate` that waits, and its answer."""
    begun = time.monotonic()
    answer = server.draw(**body)
    return time.monotonic() - begun, answer


def watched(server: Server, body: Body) -> tuple[float, dict[str, Any], list[dict[str, Any]]]:
    """The same, and the events meanwhile."""
    connected, events = threading.Event(), list[dict[str, Any]]()

    def lines() -> Iterator[str]:
        with server.client.stream("GET", "/api/v1/events") as stream:
            for line in stream.iter_lines():
                connected.set()
                yield line

    def listen() -> None:
        for event in read_events(lines()):
            events.append(event)
            if event["type"] in ("completed", "failed"):
                return

    listening = threading.Thread(target=listen)
    listening.start()
    connected.wait(10)
    took, answer = call(server, body)
    listening.join()
    return took, answer, events


def at(events: list[dict[str, Any]], *names: str) -> float:
    """When the first event of one of these types, or progress of one of these phases, was told."""
    first = next(event["at"] for event in events if {event["type"], event.get("phase")} & set(names))
    return datetime.fromisoformat(first).timestamp()


def storing(folder: Path, answer: dict[str, Any]) -> float:
    """Seconds of making the answer's picture a file, and of writing that to the disk."""
    picture = Image.open(io.BytesIO(base64.b64decode(answer["images"][0]["data"]))).copy()
    begun = time.monotonic()
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    write_file(folder / "picture.png", buffer.getvalue())
    return time.monotonic() - begun


def middle(values: list[float]) -> str:
    """Median, least and most."""
    return f"{statistics.median(values):.3f} s ({min(values):.3f}-{max(values):.3f})"


def warm(folder: Path, body: Body) -> None:
    """A picture as its client sees it, when the model is loaded and has drawn before; median of 15."""
    for name, settings in (("torch", {}), ("OpenVINO", {"engine_options": OPENVINO})):
        with running_server(folder / name, **settings) as server:
            times = [call(server, body | {"seed": seed})[0] for seed in range(16)][1:]
        show(f"{named(body)}, warm, {name}", middle(times), "0.7 s")


def second(folder: Path, body: Body) -> None:
    """The second job of a shape: nothing is made ready, and little comes on top of encoding, steps and decoding."""
    with running_server(folder, engine_options=OPENVINO) as server:
        first = call(server, body)[0]
        times, on_top, prepared = [], [], 0
        for seed in range(1, 8):
            took, answer, events = watched(server, body | {"seed": seed})
            prepared += any(event.get("phase") == "loading" for event in events)
            times.append(took)
            drawing = at(events, "picture") - at(events, "encoding", "denoising")
            on_top.append(took - drawing + storing(folder, answer))
    show(f"{named(body)}, OpenVINO: the first job, with loading and compiling", f"{first:.2f} s", "")
    show("the second and later ones of that shape, median of 7", middle(times), "")
    show("how many of these compiled or loaded anything", str(prepared), "0")
    show("of their time on top of encoding, steps and decoding", middle(on_top), "0.15 s")


def told(folder: Path, body: Body) -> None:
    """One plain job, then for each other kind its estimate, what it takes, and the estimate after that.

    The last column is the time to go as told at a quarter, half and three quarters of its steps, over what it was.
    """
    print(f"| {named(body)} | estimate | taken | off by | the next estimate | time to go |\n|---|---|---|---|---|---|")
    with running_server(folder) as server:
        picture = call(server, body)[1]["images"][0]["data"]
        cases: dict[str, Body] = {
            "the same again": {},
            "5 steps": {"steps": 5},
            "40 steps": {"steps": 40},
            "three pictures": {"batch_count": 3},
            "four at once": {"batch_count": 4, "batch_size": 4},
            "heun": {"sampler": "heun", "scheduler": "discrete"},
            "CFG 1": {"cfg_scale": 1},
            "from a picture, strength 0.5": {"init_image": picture, "strength": 0.5},
        }
        for name, change in cases.items():
            guess = estimate(server, body | change)
            _, answer, events = watched(server, body | change | {"seed": 7})
            took, again = answer["generation_time"], estimate(server, body | change)
            off = f"{guess / took - 1:+.0%} | {again:.2f} s ({again / took - 1:+.0%})"
            print(f"| {name} | {guess:.2f} s | {took:.2f} s | {off} | {etas(events)} |", flush=True)


def estimate(server: Server, body: Body) -> float:
    """Seconds that the server expects of drawing."""
    return float(server.client.post("/api/v1/estimate", json=body).raise_for_status().json()["draw"]["value"])


def etas(events: list[dict[str, Any]]) -> str:
    """Told time to go at a quarter, half and three quarters of the steps, over what it was then."""
    end = at(events, "completed")
    telling = [event for event in events if event.get("eta_seconds")]
    shares = []
    for share in (0.25, 0.5, 0.75):
        event = next(one for one in telling if one["percent"] >= 100 * share)
        shares.append(event["eta_seconds"] / (end - datetime.fromisoformat(event["at"]).timestamp()))
    return "/".join(f"{one:.2f}" for one in shares)


def named(body: Body) -> str:
    """What is drawn, in words."""
    return f"{Path(body['model']).stem}, {body['width']}x{body['height']}, {body['steps']} steps"


def main() -> None:
    """Take the figures that are named, or all."""
    figures = {figure.__name__: figure for figure in (warm, second, told)}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figures", nargs="*", choices=[*figures, []])
    parser.add_argument("--model", type=Path, help="default: doodle")
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--steps", type=int, default=20)
    given = parser.parse_args()
    for name in given.figures or figures:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            if given.model:
                (place / "models").mkdir()
                (place / "models" / given.model.name).symlink_to(given.model.resolve())
            model = given.model.stem if given.model else "doodle"
            body = {"model": model, "prompt": "red apple", "negative_prompt": "blurry", "steps": given.steps, "seed": 0}
            figures[name](place, body | {"width": given.side, "height": given.side})


if __name__ == "__main__":
    main()
