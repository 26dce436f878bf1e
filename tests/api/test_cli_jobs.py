"""`safelight jobs`, and `safelight generate --server`, as users run them against a real server."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.servers import Server, start_server, wait_until

Cli = Callable[..., "subprocess.CompletedProcess[Any]"]
COMMAND = [sys.executable, "-m", "safelight"]
SMALL = ("-m", "scripted", "-W", "64", "-H", "64", "--steps", "4")


@pytest.fixture
def environment(server: Server) -> dict[str, str]:
    return {**os.environ, "SAFELIGHT_SERVER": server.url}


@pytest.fixture
def cli(environment: dict[str, str], tmp_path: Path) -> Cli:
    def run(*words: str, **options: Any) -> subprocess.CompletedProcess[Any]:
        given: dict[str, Any] = {"env": environment, "cwd": tmp_path, "capture_output": True, "text": True}
        return subprocess.run([*COMMAND, *words], check=False, **(given | options))

    return run


@pytest.fixture
def held(server: Server, tmp_path: Path) -> Iterator[str]:
    """A job that runs until the test is over."""
    job = server.queue({"wait": str(tmp_path / "go")})
    server.wait_for(job, "running")
    yield job
    (tmp_path / "go").touch()
    server.wait_for(job, "completed", "cancelled")


def on_terminal(words: list[str], environment: dict[str, str], until: str) -> str:
    """What a command shows on a terminal; interrupted with Ctrl-C once it shows `until`, unless it ends first."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, *words], env=environment | {"COLUMNS": "150"}, stdout=theirs, stderr=theirs, stdin=theirs
    ) as process:
        os.close(theirs)
        shown, asked = "", False
        while True:
            try:
                shown += os.read(ours, 4096).decode(errors="replace")
            except OSError:  # Linux says so when the other end is closed
                break
            if until in shown and not asked and process.poll() is None:
                asked = True
                process.send_signal(signal.SIGINT)
    os.close(ours)
    return shown


def test_draws_at_a_server_the_files_that_it_keeps(cli: Cli, server: Server, tmp_path: Path) -> None:
    done = cli("generate", "a cat", "-N", "dog", "-s", "7", "-n", "2", "-o", "cats", *SMALL)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "cats/7.png  seed 7\ncats/8.png  seed 8\n"
    job = server.client.get("/api/v1/jobs?limit=1").json()["jobs"][0]
    assert (job["parameters"]["prompt"], job["parameters"]["negative_prompt"]) == ("a cat", "dog")
    for picture in job["images"]:
        kept = server.client.get(picture["url"]).content
        assert (tmp_path / "cats" / f"{picture['seed']}.png").read_bytes() == kept


def test_a_picture_goes_in_and_one_to_stdout(cli: Cli, server: Server, tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), "red").save(tmp_path / "red.png")
    words = ("generate", "-", "-i", "red.png", "--strength", "0.5", "-o", "-", "--format", "webp", *SMALL)
    done = cli(*words, input=b"a cat\n", text=False)
    assert done.returncode == 0, done.stderr
    job = server.client.get("/api/v1/jobs?limit=1").json()["jobs"][0]
    assert job["parameters"]["strength"] == 0.5
    assert done.stdout == server.client.get(job["images"][0]["url"]).content


def test_says_what_was_drawn_as_json(cli: Cli) -> None:
    done = cli("generate", "a cat", "-o", "cat.jpg", "--json", *SMALL)
    [facts] = json.loads(done.stdout)
    assert (facts["file"], facts["format"], facts["width"]) == ("cat.jpg", "jpeg", 64)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--device", "cpu"), "--device is for drawing here"),
        (("--sampler", "nonsense"), "nonsense"),
        (("-o", "nowhere/cat.png"), "is not there"),
        (("-i", "nowhere.png"), "nowhere.png could not be read"),
        (("-m", "nonsense"), "no model called"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_queued(
    cli: Cli, server: Server, words: tuple[str, ...], message: str
) -> None:
    before = server.client.get("/api/v1/jobs").json()["total"]
    done = cli("generate", "a cat", *SMALL, *words)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert server.client.get("/api/v1/jobs").json()["total"] == before


def test_a_failed_job_is_one_sentence(cli: Cli) -> None:
    done = cli("generate", '{"raise": "invalid"}', *SMALL)
    assert (done.returncode, done.stderr) == (2, "safelight: The script does not like it.\n")


def test_no_server_is_one_sentence(cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    for words in (("jobs", "list"), ("generate", "a cat"), ("jobs", "watch")):
        done = cli(*words, "--server", url)
        assert done.returncode == 2
        assert f"No server answers at {url}" in done.stderr
        assert "safelight serve" in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_ctrl_c_cancels_and_keeps_what_was_finished(
    server: Server, environment: dict[str, str], tmp_path: Path
) -> None:
    prompt = json.dumps({"pace": 0.2})
    command = [*COMMAND, "generate", prompt, "-n", "50", "-s", "1", "-o", "cats", *SMALL]
    with subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        wait_until((tmp_path / "cats" / "1.png").exists, 60)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=30)[1]
    assert process.returncode == 130
    job = server.client.get("/api/v1/jobs?limit=1").json()["jobs"][0]
    assert job["status"] == "cancelled"
    assert said == f"safelight: interrupted; job {job['job_id']} is cancelled; pictures that were finished are kept.\n"
    Image.open(tmp_path / "cats" / "1.png").load()


def test_drawing_outlives_the_server(cli: Cli, environment: dict[str, str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = str(listening.getsockname()[1])
    folder = tmp_path / "server"
    server = start_server(folder, "--port", port)
    prompt = json.dumps({"at": 2, "wait": str(folder / "go")})
    command = [*COMMAND, "generate", prompt, "-s", "5", "-n", "2", "--server", server.url, *SMALL]
    with subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        job = wait_until(lambda: next(iter(server.client.get("/api/v1/jobs").json()["jobs"]), None), 30)["job_id"]
        server.wait_for(job, "running")
        server.kill()
        (folder / "go").touch()
        server = start_server(folder, "--port", port)
        try:
            assert process.communicate(timeout=90)[0] == "5.png  seed 5\n6.png  seed 6\n"
            for picture in server.job(job)["images"]:
                kept = server.client.get(picture["url"]).content
                assert (tmp_path / f"{picture['seed']}.png").read_bytes() == kept
        finally:
            server.kill()


def test_the_list_in_pipes(cli: Cli, server: Server, held: str) -> None:
    waiting = server.queue("two\nlines \x1b[31m and red")
    lines = [line.split("\t") for line in cli("jobs", "list").stdout.splitlines()]
    assert [line[:2] for line in lines[:2]] == [[waiting, "queued"], [held, "running"]]
    assert lines[0][-1] == "two lines  [31m and red"
    assert cli("jobs", "list", "--status", "queued").stdout.splitlines() == ["\t".join(lines[0])]
    assert [job["job_id"] for job in json.loads(cli("jobs", "list", "--limit", "1", "--json").stdout)] == [waiting]
    wrong = cli("jobs", "list", "--status", "nonsense")
    assert (wrong.returncode, len(wrong.stderr.splitlines())) == (2, 1)
    server.client.post(f"/api/v1/jobs/{waiting}/cancel")


def test_the_list_on_a_terminal(environment: dict[str, str], held: str) -> None:
    shown = on_terminal(["jobs", "list"], environment, until="\0")
    assert "status" in shown
    assert held in shown
    assert "running" in shown


def test_cancel_retry_show_and_delete(cli: Cli, server: Server, held: str) -> None:
    job = server.queue("a cat", seed=3)
    assert cli("jobs", "cancel", job).stdout == f"{job}  cancelled\n"
    assert server.job(job)["status"] == "cancelled"
    again = cli("jobs", "cancel", job)
    assert (again.returncode, again.stdout) == (1, "")
    assert cli("jobs", "retry", job).stdout == f"{job}  queued\n"
    assert server.job(job)["status"] == "queued"
    shown = cli("jobs", "show", job).stdout
    assert "status        queued (0 before it)" in shown
    assert "seed          3" in shown
    assert json.loads(cli("jobs", "show", job, "--json").stdout)["parameters"]["seed"] == 3
    refused = cli("jobs", "delete", job)
    assert refused.returncode == 1
    assert "Cancel it first." in refused.stderr
    cli("jobs", "cancel", job)
    assert cli("jobs", "delete", job).returncode == 0
    gone = cli("jobs", "show", job)
    assert (gone.returncode, gone.stderr) == (2, f"safelight: There is no job '{job}'.\n")


def test_watching_a_job_to_its_end(cli: Cli, server: Server) -> None:
    job = server.queue("a cat", seed=3)
    done = cli("jobs", "watch", job)
    assert done.returncode == 0
    assert [line.split("  ")[2] for line in done.stdout.splitlines()] == [
        "queued",
        "loading",
        "running",
        "picture",
        "completed",
    ]
    told = [json.loads(line) for line in cli("jobs", "watch", job, "--json").stdout.splitlines()]
    assert [event["type"] for event in told][-1] == "completed"
    failing = server.queue({"raise": "invalid"})
    failed = cli("jobs", "watch", failing)
    assert failed.returncode == 1
    assert failed.stdout.splitlines()[-1].endswith("failed  The script does not like it.")


def test_watching_everything_until_ctrl_c(server: Server, environment: dict[str, str], held: str) -> None:
    command = [*COMMAND, "jobs", "watch"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout
        queued = []
        while not select.select([process.stdout], [], [], 0.2)[0]:  # it tells what happens once it listens
            queued.append(server.queue("a cat"))
            server.client.post(f"/api/v1/jobs/{queued[-1]}/cancel").raise_for_status()
        assert process.stdout.readline().decode().split("  ")[1] in queued
        process.send_signal(signal.SIGINT)
    assert process.returncode == 130


def test_help_names_the_environment(cli: Cli) -> None:
    assert "SAFELIGHT_SERVER" in cli("jobs", "list", "--help", env={**os.environ, "COLUMNS": "150"}).stdout
