"""Downloads as pages, the command line and the clients ask for them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from safelight import AsyncClient, Client
from safelight.domain.errors import Conflict
from tests.api.downloads.pulling import BIG, DATA, held_back, much_has_arrived, pull, web
from tests.api.test_socketio import page
from tests.hosts import Faults, Host, Hub
from tests.servers import Server, running_server, save_scripted_model, wait_until
from tests.unit.downloads.conftest import lora


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
