"""Downloads by HTTP: beside the drawing, through kills and restarts, with progress, cancel and retry."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from safelight import AsyncClient, Client
from safelight.domain.errors import Conflict
from tests.api.test_socketio import page
from tests.hosts import Faults, Host, Hub, cut, held, refused, running, settings_for
from tests.servers import Server, running_server, save_scripted_model, start_server, wait_until
from tests.unit.downloads.conftest import lora
from tests.unit.downloads.test_hub import doodle

DATA = lora(64)
BIG = lora(3000)


@pytest.fixture(scope="module")
def cdn() -> Iterator[Host]:
    host = Host()
    with running(host):
        yield host


@pytest.fixture(scope="module")
def hub(cdn: Host) -> Iterator[Hub]:
    hub = Hub(cdn)
    with running(hub):
        yield hub


def web(cdn: Host, hub: Hub) -> dict[str, Any]:
    """A server's settings that let the hosts be asked."""
    given = settings_for(cdn, hub)
    return given | {"download_hosts": ",".join(given["download_hosts"]), "hf_endpoint": hub.url}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where that server keeps things."""
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="module")
def server(home: Path, cdn: Host, hub: Hub) -> Iterator[Server]:
    """One server that may ask the hosts."""
    with running_server(home, **web(cdn, hub)) as running:
        yield running


@pytest.fixture
def go_on() -> Iterator[threading.Event]:
    """Lets a host that holds a file back send the rest; at the end of the test at the latest."""
    event = threading.Event()
    yield event
    event.set()


def pull(server: Server, source: str, **body: Any) -> dict[str, Any]:
    answer = server.client.post("/api/v1/models/pull", json={"source": source, **body})
    assert answer.status_code in (200, 202), answer.text
    found: dict[str, Any] = answer.json()
    return found


def arriving(server: Server, job: str) -> None:
    """Wait until bytes have arrived."""
    for event in server.events(job, after=0):
        if event["type"] == "progress" and event["phase"] == "downloading":
            return


def parts(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "models" / ".downloads").rglob("*.part"))


def test_a_download_is_a_job_that_tells_how_far_it_is(server: Server, cdn: Host) -> None:
    served = cdn.serve("/told.safetensors", BIG)
    asked = pull(server, f"{cdn.url}/told.safetensors?signature=secret")
    assert asked["kind"] == "download" and asked["parameters"] is None and asked["images"] == []
    assert asked["request"]["source"] == f"{cdn.url}/told.safetensors"  # a query may be a signature
    events = []
    for event in server.events(asked["job_id"], after=0):
        events.append(event)
        if event["state" if "state" in event else "type"] == "completed":
            break
    durable = [event["type"] for event in events if event["type"] != "progress"]
    assert durable == ["queued", "running", "file", "completed"]
    assert all(event["kind"] == "download" for event in events)
    progress = [event for event in events if event["type"] == "progress"]
    assert progress[-1]["done"] <= progress[-1]["total"] == len(BIG) and progress[-1]["item"] == "told.safetensors"
    job = server.job(asked["job_id"])
    assert job["files"] == [{"name": "lora/told.safetensors", "bytes": len(BIG), "sha256": served.sha256, "notes": []}]
    found = server.client.get("/api/v1/models", params={"type": "lora", "search": "told"}).json()["models"]
    assert [model["id"] for model in found] == ["told"]
    listed = server.client.get("/api/v1/jobs", params={"kind": "download"}).json()
    assert asked["job_id"] in {job["job_id"] for job in listed["jobs"]}
    assert all(job["kind"] == "download" for job in listed["jobs"])
    drawn = server.client.get("/api/v1/jobs", params={"kind": "generate"}).json()
    assert asked["job_id"] not in {job["job_id"] for job in drawn["jobs"]}


def test_a_model_that_was_pulled_draws(server: Server, hub: Hub, tmp_path: Path) -> None:
    hub.publish("org/scripted", {"pulled.safetensors": save_scripted_model(tmp_path, "pulled").read_bytes()})
    job = pull(server, "hf:org/scripted", wait=True)
    assert job["status"] == "completed" and job["files"][0]["name"] == "checkpoints/pulled.safetensors"
    assert server.draw(model="pulled")["images"]


def test_downloads_and_drawing_do_not_wait_for_each_other(
    server: Server, cdn: Host, held: str, go_on: threading.Event
) -> None:
    """A drawing is held all the time; meanwhile downloads end, and waiting ones don't count as a queue of pictures."""
    cdn.serve("/beside.safetensors", DATA)
    assert pull(server, f"{cdn.url}/beside.safetensors", wait=True)["status"] == "completed"
    queue = server.client.get("/api/v1/queue/status").json()
    assert [job["job_id"] for job in queue["running"]] == [held]


def test_a_held_download_lets_pictures_pass(server: Server, cdn: Host, go_on: threading.Event) -> None:
    cdn.serve("/slow.safetensors", BIG, faults=Faults(held_back(go_on)))
    job = pull(server, f"{cdn.url}/slow.safetensors")["job_id"]
    arriving(server, job)
    assert server.draw()["status"] == "completed"
    assert server.job(job)["status"] == "running"
    assert server.job(job)["progress"]["done"] >= 1_000_000
    go_on.set()
    assert server.wait_for(job, "completed")["files"]


def much_has_arrived(folder: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):  # a part was finished between the two looks
        return any(part.stat().st_size >= 1_000_000 for part in folder.rglob("*.part"))
    return False


def held_back(go_on: threading.Event) -> Any:
    return held(2_000_000, go_on)


def test_the_same_pull_is_one_job(server: Server, cdn: Host, go_on: threading.Event) -> None:
    cdn.serve("/same.safetensors", BIG, faults=Faults(held_back(go_on)))
    first = pull(server, f"{cdn.url}/same.safetensors")["job_id"]
    arriving(server, first)
    assert pull(server, f"{cdn.url}/same.safetensors")["job_id"] == first
    go_on.set()
    server.wait_for(first, "completed")
    again = pull(server, f"{cdn.url}/same.safetensors", wait=True)
    assert again["job_id"] != first and again["files"][0]["notes"] == ["It was there already."]


def test_cancel_leaves_nothing_and_retry_begins_anew(
    server: Server, cdn: Host, go_on: threading.Event, tmp_path: Path
) -> None:
    cdn.serve("/cancelled.safetensors", BIG, faults=Faults(held_back(go_on)))
    job = pull(server, f"{cdn.url}/cancelled.safetensors")["job_id"]
    arriving(server, job)
    assert server.client.post(f"/api/v1/jobs/{job}/cancel").json()["status"] == "cancelled"
    go_on.set()
    server.client.post(f"/api/v1/jobs/{job}/retry").raise_for_status()
    for event in server.events(job, after=0):
        if event["type"] == "completed":
            break
    assert cdn.asked[-1].range is None
    assert server.client.delete(f"/api/v1/jobs/{job}").status_code == 204


def test_cancel_while_it_waits_leaves_nothing_of_an_earlier_attempt(
    server: Server, home: Path, cdn: Host, go_on: threading.Event
) -> None:
    cdn.serve("/waits.safetensors", BIG, faults=Faults(cut(1_000_000), refused(403)))
    job = pull(server, f"{cdn.url}/waits.safetensors")["job_id"]
    server.wait_for(job, "failed")
    assert parts(home) == ["waits.safetensors.part"]  # for a retry
    for name in ("busy1", "busy2"):
        cdn.serve(f"/{name}.safetensors", lora(3000, seed=len(name)), faults=Faults(held_back(go_on)))
        arriving(server, pull(server, f"{cdn.url}/{name}.safetensors")["job_id"])
    server.client.post(f"/api/v1/jobs/{job}/retry").raise_for_status()
    assert server.job(job)["status"] == "queued" and "waits.safetensors.part" in parts(home)
    assert server.client.post(f"/api/v1/jobs/{job}/cancel").json()["status"] == "cancelled"
    assert parts(home) == ["busy1.safetensors.part", "busy2.safetensors.part"]


def test_a_failure_is_told_as_what_it_is(server: Server, cdn: Host, hub: Hub) -> None:
    cdn.serve("/broken.safetensors", DATA)
    job = pull(server, f"{cdn.url}/broken.safetensors", sha256="0" * 64)["job_id"]
    failed = server.wait_for(job, "failed")
    assert failed["error"]["code"] == "corrupt_file"
    waited = server.client.post("/api/v1/models/pull", json={"source": f"{cdn.url}/nothing.safetensors", "wait": True})
    assert waited.status_code == 404 and waited.json()["code"] == "not_found"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"source": "hf:org/repo", "missing_for": "doodle"},
        {"source": "/etc/passwd"},
        {"source": "file:///etc/passwd"},
        {"source": "https://user:secret@example.org/x"},
        {"source": "hf:org/repo", "name": "../x.safetensors"},
        {"source": "hf:org/repo", "sha256": "x"},
        {"source": "hf:org/repo", "type": "poem"},
    ],
)
def test_bad_requests_are_refused_at_once(server: Server, body: dict[str, Any]) -> None:
    answer = server.client.post("/api/v1/models/pull", json=body)
    assert answer.status_code == 422, answer.text
    assert "secret" not in answer.text


def test_what_is_missing_for_nothing_is_said(server: Server) -> None:
    assert server.client.post("/api/v1/models/pull", json={"missing_for": "nobody"}).status_code == 404
    answer = server.client.post("/api/v1/models/pull", json={"missing_for": "doodle", "wait": True})
    assert answer.status_code == 409 and "lacks nothing" in answer.json()["detail"]


def test_private_addresses_are_refused_without_the_setting(folder: Path, cdn: Host) -> None:
    cdn.serve("/inside.safetensors", DATA)
    asked = len(cdn.asked)
    with running_server(folder) as server:
        for source in (f"{cdn.url}/inside.safetensors", f"https://{cdn.address}/inside.safetensors"):
            job = server.wait_for(pull(server, source)["job_id"], "failed")
            assert job["error"]["code"] == "invalid_input"
    assert len(cdn.asked) == asked


def test_only_admins_pull(folder: Path, cdn: Host, hub: Hub) -> None:
    keys = "drawer:generate:0123456789abcdef, boss:admin:fedcba9876543210"
    cdn.serve("/mine.safetensors", DATA)
    with running_server(folder, api_keys=keys, **web(cdn, hub)) as server:
        body = {"source": f"{cdn.url}/mine.safetensors", "wait": True}
        for key, status in (("0123456789abcdef", 403), ("fedcba9876543210", 200)):
            headers = {"Authorization": f"Bearer {key}"}
            assert server.client.post("/api/v1/models/pull", json=body, headers=headers).status_code == status


def test_a_lane_has_a_width_and_an_order(folder: Path, cdn: Host, hub: Hub, go_on: threading.Event) -> None:
    for name in "abc":
        cdn.serve(f"/{name}.safetensors", lora(3000, seed=ord(name)), faults=Faults(held_back(go_on)))
    with running_server(folder, downloads_at_once=1, **web(cdn, hub)) as server:
        server.client.post("/api/v1/queue/pause").raise_for_status()  # of the drawing
        jobs = [pull(server, f"{cdn.url}/{name}.safetensors")["job_id"] for name in "abc"]
        arriving(server, jobs[0])
        assert [server.job(job)["queue_position"] for job in jobs] == [None, 0, 1]
        moved = server.client.post(f"/api/v1/jobs/{jobs[2]}/move", json={"place": 0})
        assert moved.json()["queue_position"] == 0
        assert server.client.post("/api/v1/queue/clear").json() == {"cleared": 0}  # the queue is of what draws
        go_on.set()
        ended = [server.wait_for(job, "completed")["finished"] for job in (jobs[0], jobs[2], jobs[1])]
        assert ended == sorted(ended)


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
    wait_until(lambda: much_has_arrived(folder / "models"))
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


async def test_a_page_gets_a_model_from_elsewhere(server: Server, hub: Hub, tmp_path: Path) -> None:
    """Socket.IO: the download's percent, then the loading, then that it is there."""
    data = save_scripted_model(tmp_path, "paged").read_bytes()
    hub.publish("org/paged", {"paged.safetensors": data})
    async with page(server) as visiting:
        await visiting.client.emit("trigger-model-download", {"source": "hf:org/paged"})
        heard = await visiting.until("model-download-progress", status="Model fully loaded locally.")
        said = [data["status"] for name, data in heard if name == "model-download-progress"]
        assert said[0] == "Initiating model download..."
        assert "Loading the model..." in said
        assert heard[-1][1]["percent"] == 100
        await visiting.client.emit("trigger-model-download", {"source": "hf:org/nothing"})
        (*_, (_, failed)) = await visiting.until("error_event")
        assert "has no repository org/nothing" in failed["message"]
    loaded = server.client.get("/api/v1/models/paged").json()["loaded"]
    assert loaded is not None


async def test_a_page_without_an_admins_key_downloads_nothing(folder: Path, hub: Hub, cdn: Host) -> None:
    hub.publish("org/closed", {"closed.safetensors": DATA})
    with running_server(folder, api_keys="drawer:generate:0123456789abcdef", **web(cdn, hub)) as server:
        async with page(server, headers={"Authorization": "Bearer 0123456789abcdef"}) as visiting:
            await visiting.client.emit("trigger-model-download", {"source": "hf:org/closed"})
            (*_, (_, failed)) = await visiting.until("error_event")
            assert "downloading models needs admin" in failed["message"]
    assert hub.paths("org/closed") == []


def test_the_command_pulls_here_and_at_a_server(
    server: Server, hub: Hub, cdn: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.publish("org/command", {"command.safetensors": lora(64, seed=9)}, cardData={"license": "mit"})
    for name, value in web(cdn, hub).items():
        monkeypatch.setenv(f"SAFELIGHT_{name.upper()}", str(value))
    here = command("hf:org/command", "--models-dir", str(tmp_path / "mine"))
    assert here.returncode == 0, here.stderr
    assert here.stdout.startswith("lora/command.safetensors  ")
    assert "licence mit" in here.stderr
    assert (tmp_path / "mine" / "lora" / "command.safetensors").stat().st_size > 64 * 1024
    there = command("hf:org/command", "--server", server.url, "--json")
    (file,) = json.loads(there.stdout)
    assert file["name"] == "lora/command.safetensors" and file["sha256"] == hub.blob(lora(64, seed=9)).sha256
    assert server.client.get("/api/v1/models/command").json()["type"] == "lora"
    wrong = command("hf:org/command", "--sha256", "0" * 64, "--models-dir", str(tmp_path / "mine"))
    assert wrong.returncode == 2 and "is published with the SHA-256" in wrong.stderr
    neither = command("--yes")
    assert neither.returncode == 2 and "Say what to download" in neither.stderr
    assert command("poem:x", "--server", server.url).returncode == 2


def test_an_interrupted_command_goes_on_later(
    hub: Hub, cdn: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, go_on: threading.Event
) -> None:
    served = cdn.serve("/interrupted.safetensors", BIG, faults=Faults(held_back(go_on)))
    for name, value in web(cdn, hub).items():
        monkeypatch.setenv(f"SAFELIGHT_{name.upper()}", str(value))
    arguments = [sys.executable, "-m", "safelight", "models", "pull", f"{cdn.url}/interrupted.safetensors"]
    begun = subprocess.Popen([*arguments, "--models-dir", str(tmp_path)], stderr=subprocess.PIPE, text=True)
    wait_until(lambda: much_has_arrived(tmp_path), 30)
    begun.send_signal(signal.SIGINT)
    _, said = begun.communicate(timeout=30)
    assert begun.returncode == 130 and "goes on from here" in said
    go_on.set()
    done = command(f"{cdn.url}/interrupted.safetensors", "--models-dir", str(tmp_path))
    assert served.sha256 in done.stdout
    assert (cdn.asked[-1].range or "").startswith("bytes=")


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `safelight models pull`."""
    given = [sys.executable, "-m", "safelight", "models", "pull", *arguments]
    return subprocess.run(given, capture_output=True, text=True, check=False, timeout=120)


async def test_the_clients_pull(server: Server, cdn: Host) -> None:
    cdn.serve("/client.safetensors", lora(64, seed=11))
    cdn.serve("/aclient.safetensors", lora(64, seed=12))
    with Client(server.url) as client:
        done = client.wait(client.pull(f"{cdn.url}/client.safetensors").id).completed()
        assert [file.name for file in done.files] == ["lora/client.safetensors"]
        with pytest.raises(Conflict, match="draws nothing"):
            _ = done.drawing
    async with AsyncClient(server.url) as aclient:
        asked = await aclient.pull(f"{cdn.url}/aclient.safetensors", name="mine.safetensors")
        done = (await aclient.wait(asked.id)).completed()
    assert [file.name for file in done.files] == ["lora/mine.safetensors"]


def test_the_command_line_shows_downloads_among_jobs(server: Server, cdn: Host) -> None:
    cdn.serve("/shown.safetensors", lora(64, seed=13))
    job = pull(server, f"{cdn.url}/shown.safetensors", wait=True)["job_id"]
    base = [sys.executable, "-m", "safelight", "jobs"]
    for arguments in (("list",), ("show", job), ("watch", job)):
        given = [*base, *arguments, "--server", server.url]
        done = subprocess.run(given, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        assert job in done.stdout and "shown.safetensors" in done.stdout


def test_checksums_are_computed_as_a_job(server: Server, cdn: Host, held: str) -> None:
    """Beside a drawing that is held; the catalog knows them afterwards."""
    served = cdn.serve("/hashed.safetensors", lora(64, seed=14))
    pull(server, f"{cdn.url}/hashed.safetensors", wait=True)
    answer = server.client.post("/api/v1/models/hash", json={"models": ["hashed", "scripted"], "wait": False})
    assert answer.status_code == 202 and answer.json()["kind"] == "hash"
    job = server.wait_for(answer.json()["job_id"], "completed")
    assert [file["name"] for file in job["files"]] == ["hashed", "scripted"]
    assert job["files"][0]["sha256"] == served.sha256
    assert server.client.get("/api/v1/models/scripted").json()["sha256"] == job["files"][1]["sha256"]
    nobody = server.client.post("/api/v1/models/hash", json={"models": ["nobody"], "wait": False})
    assert nobody.status_code == 404
