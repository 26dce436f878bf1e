"""The Socket.IO dialect: the events of `seeds/000`, with python-socketio's client and with the npm socket.io-client."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import socketio
from PIL import Image

from tests.servers import Server, running_server

NPM = Path(__file__).parent / "socketio"
EVENTS = ("progress", "model-download-progress", "success", "error_event")
HANDSHAKE = "/socket.io/?EIO=4&transport=polling"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Draws with the scripted model unless told otherwise."""
    with running_server(tmp_path_factory.mktemp("socketio"), model="scripted") as running:
        yield running


class Page:
    """The tutorial's page: sends, and keeps what it hears."""

    def __init__(self, client: socketio.AsyncClient) -> None:
        self.client = client
        self.heard: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()

    async def until(self, event: str, **wanted: Any) -> list[tuple[str, dict[str, Any]]]:
        """Everything that is heard until `event` with the fields `wanted`."""
        found = []
        while True:
            found.append(await asyncio.wait_for(self.heard.get(), 60))
            name, data = found[-1]
            if name == event and wanted.items() <= data.items():
                return found


@asynccontextmanager
async def page(server: Server, **options: Any) -> AsyncIterator[Page]:
    async with aiohttp.ClientSession() as session:  # of our own: the client leaves its open when a server goes away
        client = socketio.AsyncClient(reconnection=False, http_session=session)
        visiting = Page(client)

        def listen(event: str) -> None:
            async def hear(data: dict[str, Any]) -> None:
                visiting.heard.put_nowait((event, data))

            client.on(event, hear)

        for event in EVENTS:
            listen(event)
        await client.connect(server.url, **options)
        try:
            yield visiting
        finally:
            await client.disconnect()


def newest(server: Server) -> dict[str, Any]:
    found: dict[str, Any] = server.client.get("/api/v1/jobs?limit=1").json()["jobs"][0]
    return found


def check_success(server: Server, data: dict[str, Any], prompt: str) -> None:
    """The data of `success` is the picture that the job stored."""
    head, _, body = data["url"].partition(",")
    assert head == "data:image/png;base64"
    assert data["prompt"] == prompt
    job = newest(server)
    assert (job["status"], job["parameters"]["seed"]) == ("completed", data["seed"])
    assert server.client.get(job["images"][0]["url"]).content == base64.b64decode(body)


async def test_a_picture_with_its_progress(server: Server, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    prompt = json.dumps({"at": 11, "wait": str(gate)})
    async with page(server) as visiting:
        await visiting.client.emit("generate", {"prompt": prompt, "ratio": "1:1", "steps": 20})
        begun = await visiting.until("progress", sub="RUNNING DIFFUSION")
        assert begun[0] == (
            "progress",
            {"percent": 0, "status": "Starting diffusion process...", "sub": "DIFFUSION INITIALIZING"},
        )
        while begun[-1][1]["percent"] < 50:
            begun += await visiting.until("progress")
        assert begun[-1][1] == {"percent": 50, "status": "Denoising step 10/20...", "sub": "RUNNING DIFFUSION"}
        gate.touch()
        heard = await visiting.until("success")
    check_success(server, heard[-1][1], prompt)


async def test_the_ratio_gives_the_picture_its_shape(server: Server) -> None:
    async with page(server) as visiting:
        sizes = []
        for ratio in ("1:1", "16:9", "9:16", "portrait", None):
            await visiting.client.emit("generate", {"prompt": "x", "ratio": ratio})
            heard = await visiting.until("success")
            sizes.append(Image.open(io.BytesIO(base64.b64decode(heard[-1][1]["url"].partition(",")[2]))).size)
    assert sizes == [(64, 64), (112, 64), (64, 112), (64, 64), (64, 64)]


async def test_the_model_is_loaded_when_asked_for(folder: Path) -> None:
    with running_server(folder, model="scripted") as server:

        def loaded() -> list[str]:
            models = server.client.get("/api/v1/models").json()["models"]
            return [model["id"] for model in models if model["loaded"]]

        async with page(server) as visiting:
            assert loaded() == []
            await visiting.client.emit("trigger-model-download")
            first, *_, last = await visiting.until("model-download-progress", percent=100)
            assert first[1] == {"percent": 0, "status": "Loading the model...", "size": "0.00 GB"}
            assert last[1] == {"percent": 100, "status": "Model fully loaded locally.", "size": "0.00 GB"}
            assert loaded() == ["scripted"]
            await visiting.client.emit("trigger-model-download")
            assert len(await visiting.until("model-download-progress", percent=100)) == 1


async def test_a_model_that_is_not_there_is_an_error_not_a_download(server: Server) -> None:
    async with page(server) as visiting:
        await visiting.client.emit("trigger-model-download", {"model": "nope"})
        (progress, error) = await visiting.until("error_event")
    assert progress[1]["percent"] == 0
    assert error[1]["message"].startswith('Failed to load model: There is no model called "nope".')


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "Prompt is required"),
        ({"prompt": "  "}, "Prompt is required"),
        (["x"], "Prompt is required"),
        ({"prompt": "x", "steps": "many"}, "Image generation failed: steps"),
        ({"prompt": "x", "width": 63}, "Image generation failed: width"),
        ({"prompt": "x", "model": "nope"}, "Image generation failed: There is no model"),
        ({"prompt": json.dumps({"raise": "invalid"})}, "Image generation failed: The script does not like it"),
    ],
)
async def test_what_goes_wrong_is_told(server: Server, data: object, message: str) -> None:
    async with page(server) as visiting:
        await visiting.client.emit("generate", data)
        heard = await visiting.until("error_event")
        assert heard[-1][1]["message"].startswith(message)
        await visiting.client.emit("generate", {"prompt": "it goes on"})
        check_success(server, (await visiting.until("success"))[-1][1], "it goes on")


async def test_a_socket_that_leaves_leaves_its_job(server: Server, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    async with page(server) as visiting:
        await visiting.client.emit("generate", {"prompt": json.dumps({"wait": str(gate)})})
        job = await asyncio.to_thread(lambda: next(e["job"] for e in server.events() if e["type"] == "running"))
    gate.touch()
    done = await asyncio.to_thread(server.wait_for, job, "completed", "cancelled", "failed")
    assert done["status"] == "completed"


async def test_a_cancelled_job_is_told(server: Server, tmp_path: Path) -> None:
    async with page(server) as visiting:
        await visiting.client.emit("generate", {"prompt": json.dumps({"wait": str(tmp_path / "never")})})
        await visiting.until("progress")
        job = await asyncio.to_thread(lambda: next(e["job"] for e in server.events() if e["type"] == "running"))
        server.client.post(f"/api/v1/jobs/{job}/cancel")
        assert "cancelled" in (await visiting.until("error_event"))[-1][1]["message"]


async def test_a_crashed_driver_is_told_and_the_picture_comes_from_the_cpu(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRIPTED_DEVICES", json.dumps([{"id": "cuda:0"}, {"id": "cpu"}]))
    prompt = json.dumps({"die": "SIGABRT", "on": {"device": "cuda:0"}})
    with running_server(folder, model="scripted") as server:
        async with page(server) as visiting:
            await visiting.client.emit("generate", {"prompt": prompt})
            fallback = (await visiting.until("progress", sub="CPU FALLBACK LOADING"))[-1][1]
            assert fallback["percent"] == 0
            assert fallback["status"].endswith("Automatically falling back to CPU mode...")
            check_success(server, (await visiting.until("success"))[-1][1], prompt)


def test_only_pages_of_ours_and_of_named_origins_connect(folder: Path) -> None:
    friend, stranger = "https://friend.example", "https://stranger.example"
    with running_server(folder, model="scripted", cors_origins=friend) as server:

        def connect(origin: str) -> tuple[int, str | None]:
            answer = server.client.get(HANDSHAKE, headers={"Origin": origin})
            return answer.status_code, answer.headers.get("access-control-allow-origin")

        assert connect(server.url) == (200, None)
        assert connect(friend) == (200, friend)
        # same origin needs no permission, and a friend is named once, whoever names him
        for origin in (stranger, "null", "http://[", "http://127.0.0.1:1"):
            assert connect(origin) == (400, None)


async def test_a_key_that_may_not_generate_is_refused(folder: Path) -> None:
    reader, drawer = "reads-0123456789abcdef0123456789", "draws-0123456789abcdef0123456789"
    keys = f"eye:read:{reader},hand:generate:{drawer}"
    with running_server(folder, model="scripted", api_keys=keys) as server:
        for stranger in ({}, {"Authorization": "Bearer wrong"}):
            assert server.client.get(HANDSHAKE, headers=stranger).status_code == 401
        reading = {
            "Authorization": f"Bearer {reader}"
        }  # by hand: python-socketio's client does not clean up after this
        session = json.loads(server.client.get(HANDSHAKE, headers=reading).text[1:])["sid"]
        server.client.post(f"{HANDSHAKE}&sid={session}", content=b"40", headers=reading)
        refused = server.client.get(f"{HANDSHAKE}&sid={session}", headers=reading).text
        assert refused == '44{"message":"This needs an API key that may generate."}'
        async with page(server, headers={"Authorization": f"Bearer {drawer}"}) as visiting:
            await visiting.client.emit("generate", {"prompt": "x"})
            await visiting.until("success")


def test_nothing_sent_to_it_is_our_fault_or_in_the_log(server: Server) -> None:
    for query in ("", "?EIO=4", "?EIO=3&transport=polling", "?EIO=4&transport=x", f"{HANDSHAKE[11:]}&sid=x", "?j=x"):
        for method in ("GET", "POST", "PUT", "OPTIONS"):
            answer = server.client.request(method, f"/socket.io/{query}", content=b"\xff\x00 4")
            assert answer.status_code < 500, (method, query)
    for body in (
        b"42",
        b"4" + b"9" * 50,
        b'42["generate",{"prompt":"a secret',
        b'42["generate",{"prompt":"a secret"},1,2,3]',
        b'42["trigger-model-download",null,1]',
        b'42["connect"]\x1e42["connect",{"asgi.scope":{"app":1}}]\x1e42["generate",{"prompt":"a secret"}]',
        b'42["disconnect"]\x1e42["generate",{"prompt":"a secret"}]',
        b"42[1]\x1e42{}\x1e44{}\x1e43[]",
        b'451-["x",{"_placeholder":true,"num":0}]',
        b"\xff",
        b"x" * 70_000,
        b"6",
        b"b!!",
    ):
        session = json.loads(server.client.get(HANDSHAKE).text[1:])["sid"]
        assert server.client.post(f"{HANDSHAKE}&sid={session}", content=b"40").status_code == 200
        assert server.client.post(f"{HANDSHAKE}&sid={session}", content=body).status_code in (200, 400), body
    log = "".join(server.log)
    assert "Traceback" not in log and "a secret" not in log


async def test_sockets_do_not_keep_a_stopping_server_waiting(folder: Path) -> None:
    with running_server(folder, model="scripted") as server:
        async with page(server) as visiting, page(server, transports=["polling"]):
            await visiting.client.emit("generate", {"prompt": "x"})
            await visiting.until("success")
            assert await asyncio.to_thread(server.stop) == 0
        log = "".join(server.log)
        assert "Traceback" not in log and "graceful shutdown exceeded" not in log


@pytest.fixture(scope="session")
def npm_client() -> Path:
    """The script that talks with the npm socket.io-client, installed by the lock file."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node is not installed: get it, with npm, from https://nodejs.org or your system's packages")
    installed = NPM / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < (NPM / "package-lock.json").stat().st_mtime:
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=NPM, check=True, capture_output=True)  # noqa: S607
        installed.touch()
    return NPM / "client.mjs"


@pytest.mark.parametrize(
    ("transports", "ends_on"),
    [("polling,websocket", ("websocket", "polling")), ("websocket", ("websocket",)), ("polling", ("polling",))],
)
def test_the_npm_client(server: Server, npm_client: Path, transports: str, ends_on: tuple[str, ...]) -> None:
    command = ["node", str(npm_client), server.url, transports, f"apple by {transports}", "16:9"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    heard = [json.loads(line) for line in done.stdout.splitlines()]
    assert heard[0]["event"] == "connect"
    assert heard[-1]["event"] == "end" and heard[-1]["transport"] in ends_on
    events = [event["event"] for event in heard]
    assert events.index("model-download-progress") < events.index("progress") < events.index("success")
    assert all(set(event) == {"event", "percent", "status", "sub"} for event in heard if event["event"] == "progress")
    check_success(server, heard[events.index("success")], f"apple by {transports}")
    assert newest(server)["parameters"]["width"] == 112
