"""Downloads through the end of their server."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.api.downloads.pulling import BIG, DATA, arriving, held_back, much_has_arrived, parts, pull, web
from tests.hosts import Faults, Host, Hub, cut
from tests.servers import running_server, start_server, wait_until
from tests.unit.downloads.test_hub import doodle


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_a_download_goes_on_after_the_server_ended(
    folder: Path, cdn: Host, hub: Hub, go_on: threading.Event, how: str
) -> None:
    name = f"ended-{how}.safetensors"
    served = cdn.serve(f"/{name}", BIG, faults=Faults(held_back(go_on)))
    server = start_server(folder, **web(cdn, hub))
    job = pull(server, f"{cdn.url}/{name}", sha256=served.sha256)["job_id"]
    arriving(server, job)
    if how == "kill":
        server.kill()
    else:
        assert server.stop() == 0
    assert parts(folder) == [f"{name}.part"]
    (part,) = (folder / "models").rglob("*.part")
    arrived = part.stat().st_size
    assert arrived >= 1_000_000
    go_on.set()
    with running_server(folder, **web(cdn, hub)) as again:
        done = again.wait_for(job, "completed")
        assert done["files"][0]["sha256"] == served.sha256
        assert again.client.get("/api/v1/models", params={"search": "ended"}).json()["total"] == 1
    ranges = [asked.range for asked in cdn.asked if asked.path == f"/{name}"]
    assert ranges == [None, f"bytes={arrived}-"]
    assert parts(folder) == []


def test_a_whole_repository_goes_on_after_a_kill(folder: Path, cdn: Host, hub: Hub, go_on: threading.Event) -> None:
    files = doodle()
    unet = "unet/diffusion_pytorch_model.safetensors"
    hub.publish("org/whole", files)
    hub.blob(files[unet]).faults = Faults(held_back(go_on))
    server = start_server(folder, **web(cdn, hub))
    job = pull(server, "hf:org/whole")["job_id"]
    wait_until(lambda: much_has_arrived(folder / "models", "unet/*.part"))
    assert not (folder / "models" / "checkpoints").exists()
    server.kill()
    go_on.set()
    asked = len(hub.asked), len(cdn.asked)
    with running_server(folder, **web(cdn, hub)) as again:
        ended = again.wait_for(job, "completed")
        found = again.client.get("/api/v1/models/org--whole").json()
    assert ended["files"][0]["name"] == "checkpoints/org--whole" and found["problem"] is None
    again_asked = [one.path for one in hub.asked[asked[0] :] if "/resolve/" in one.path]
    assert not [path for path in again_asked if path.endswith("text_encoder/config.json")]  # it was there before
    assert (cdn.asked[asked[1]].range or "").startswith("bytes=")


def test_a_private_server_leaves_the_file_and_nothing_else(
    folder: Path, cdn: Host, hub: Hub, go_on: threading.Event
) -> None:
    cdn.serve("/asked-for.safetensors", DATA)
    cdn.serve("/given-up.safetensors", BIG, faults=Faults(held_back(go_on)))
    cdn.serve("/failing.safetensors", BIG, faults=Faults(*[cut(2_000_000), *[cut(0)] * 8]))
    with running_server(folder, "--private", **web(cdn, hub)) as server:
        assert pull(server, f"{cdn.url}/asked-for.safetensors", wait=True)["status"] == "completed"
        failing = pull(server, f"{cdn.url}/failing.safetensors")["job_id"]
        assert server.wait_for(failing, "failed")["error"]["code"] == "download_failed"
        given_up = pull(server, f"{cdn.url}/given-up.safetensors")["job_id"]
        arriving(server, given_up)
        assert server.stop() == 0
    left = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert left == {
        "safelight.toml",
        "models/scripted.safetensors",
        "models/lora/asked-for.safetensors",
    } | {path for path in left if path.startswith("cache/")}
    text = b"".join((folder / path).read_bytes() for path in left if path.startswith("cache/"))
    assert b"given-up" not in text and b"failing" not in text
