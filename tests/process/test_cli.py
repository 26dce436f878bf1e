"""The command line as users run it: real processes, exit codes, one sentence for everything that is wrong."""

from __future__ import annotations

import io
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import torch
from PIL import Image

from safelight.domain.plans import Device, DType, Plan
from safelight.images.encode import read_infotext
from safelight.settings import load_settings
from safelight.workers.placement import Cause, Failure
from safelight.workers.remembered import Place, PlacementMemory
from tests.ldm import to_ldm, write_safetensors
from tests.models import build_pipeline, save_folder
from tests.processes import workers_of

Cli = Callable[..., "subprocess.CompletedProcess[bytes]"]
COMMAND = [sys.executable, "-m", "safelight"]


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    def run(*words: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([*COMMAND, *words], capture_output=True, check=False, cwd=tmp_path, **options)

    return run


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_folder(tmp_path_factory.mktemp("models") / "tiny", "sd1")


def small(*words: str) -> tuple[str, ...]:
    return (*words, "-W", "64", "-H", "64", "--steps", "2", "--device", "cpu", "--dtype", "f32")


def picture(path: Path, size: tuple[int, int] = (64, 64), colour: str = "red") -> Path:
    Image.new("RGB", size, colour).save(path)
    return path


def test_draws_a_file_with_metadata(cli: Cli, tiny: Path, tmp_path: Path) -> None:
    done = cli(*small("generate", "a cat", "-m", str(tiny), "--seed", "7", "-o", "cat.png", "--negative", "dog"))
    assert done.returncode == 0, done.stderr
    data = (tmp_path / "cat.png").read_bytes()
    assert Image.open(io.BytesIO(data)).size == (64, 64)
    text = read_infotext(data)
    assert text is not None
    assert text.startswith("a cat\nNegative prompt: dog\nSteps: 2, Sampler: DPM++ 2M, Schedule type: Karras,")
    assert "Seed: 7" in text
    assert "Model hash: " in text
    assert done.stdout.decode() == "cat.png  seed 7\n"


def test_from_stdin_to_stdout(cli: Cli, tiny: Path, tmp_path: Path) -> None:
    done = cli(*small("generate", "-m", str(tiny), "-o", "-", "--seed", "7"), input=b"a cat\n")
    assert done.returncode == 0, done.stderr
    assert Image.open(io.BytesIO(done.stdout)).format == "PNG"
    assert os.listdir(tmp_path) == ["user"]


def test_a_negative_prompt_without_guidance_is_noted(cli: Cli, tiny: Path, tmp_path: Path) -> None:
    words = ("a cat", "-m", str(tiny), "-N", "dog", "--cfg-scale", "1", "-s", "4", "-o", "deep/er")
    done = cli(*small("generate", *words))
    assert done.returncode == 0, done.stderr
    assert b"note: The negative prompt had no effect" in done.stderr
    assert (tmp_path / "deep" / "er" / "4.png").exists()


def test_several_pictures_into_a_folder_and_as_json(cli: Cli, tiny: Path, tmp_path: Path) -> None:
    done = cli(*small("generate", "a cat", "-m", str(tiny), "-n", "2", "--seed", "5", "-o", "out/", "--json"))
    assert done.returncode == 0, done.stderr
    assert sorted(os.listdir(tmp_path / "out")) == ["5.png", "6.png"]
    assert [(p["seed"], p["file"]) for p in json.loads(done.stdout)] == [(5, "out/5.png"), (6, "out/6.png")]


def test_image_to_image_and_inpainting(cli: Cli, tiny: Path, tmp_path: Path) -> None:
    picture(tmp_path / "red.png")
    mask = Image.new("L", (64, 64), 0)
    mask.paste(255, (32, 0, 64, 64))
    mask.save(tmp_path / "mask.png")
    start = ("generate", "a cat", "-m", str(tiny), "--steps", "4", "--init-image", "red.png")
    done = cli(*start, "--strength", "0.5", "-o", "a.jpg")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.jpg").read_bytes().startswith(b"\xff\xd8")
    done = cli(*start, "--mask", "mask.png", "-o", "b.png")
    assert done.returncode == 0, done.stderr
    drawn = np.asarray(Image.open(io.BytesIO((tmp_path / "b.png").read_bytes())))
    assert (drawn[:, :32] == (255, 0, 0)).all()
    assert not (drawn[:, 32:] == (255, 0, 0)).all()


def test_bad_input_is_one_sentence_exit_2_and_nothing_written(cli: Cli, tmp_path: Path) -> None:
    model = write_safetensors(tmp_path / "model.safetensors", to_ldm(build_pipeline("sd1"), "sd1"))
    whole = model.read_bytes()
    (tmp_path / "cut.safetensors").write_bytes(whole[:-100])
    (tmp_path / "text.safetensors").write_text("<!doctype html><html>not found</html>")
    torch.save({"x": os.system}, tmp_path / "evil.ckpt")
    picture(tmp_path / "small.png")
    picture(tmp_path / "large.png", (128, 128))
    before = sorted(os.listdir(tmp_path))
    cases: list[tuple[tuple[str, ...], str]] = [
        (("-m", "nonsense"), "There is no model"),
        (("-m", "cut.safetensors"), "truncated"),
        (("-m", "text.safetensors"), "web page"),
        (("-m", "evil.ckpt"), "system"),
        (("-W", "100"), "width should be a multiple of 8"),
        (("-W", "99992"), "width should be less than or equal to 4096"),
        (("--steps", "0"), "steps should be greater"),
        (("--sampler", "eulr"), "Did you mean euler"),
        (("--sampler", "euler_a", "--scheduler", "karras"), "With 'euler_a' it can run"),
        (("-i", "small.png", "--mask", "large.png"), "64x64 and the mask 128x128"),
        (("-i", "missing.png"), "No such file"),
        (("-i", "cut.safetensors"), "not an image"),
        (("-o", "missing/picture.png"), "is not there"),
        (("-o", "picture.gif"), "can't be written as '.gif'"),
        (("-n", "2", "-o", "-"), "Only one picture fits"),
        (("--device", "gpu9", "-o", "new/"), "There is no device 'gpu9'"),
        (("-o", "x" * 300 + ".png"), "could not be written"),
    ]
    for words, sentence in cases:
        given = words if "-m" in words else (*words, "-m", str(model))
        done = cli("generate", "a cat", *given)
        error = done.stderr.decode()
        assert done.returncode == 2, (words, error)
        assert sentence in error, (words, error)
        assert error.count("\n") == 1, (words, error)
        assert not done.stdout
    full = subprocess.run(
        [*COMMAND, *small("generate", "a cat", "-m", str(model), "-o", "-")],
        stdout=os.open("/dev/full", os.O_WRONLY),
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        check=False,
    )
    assert full.returncode == 2
    assert full.stderr == b"safelight: The picture could not be written to stdout: No space left on device.\n"
    assert sorted(os.listdir(tmp_path)) == before


def test_a_full_disk_leaves_no_half_file(tiny: Path, tmp_path: Path) -> None:
    """A file size limit stands in for the full disk: the write fails part of the way in the same manner."""
    limited = "ulimit -f 8; exec " + " ".join([*COMMAND, *small("generate", "cat", "-m", str(tiny), "-o", "x.png")])
    done = subprocess.run(["/bin/bash", "-c", limited], capture_output=True, check=False, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert b"x.png could not be written" in done.stderr
    assert os.listdir(tmp_path) == ["user"]


@pytest.fixture
def drawing(tiny: Path, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A long drawing on a terminal of its own, once its first step is shown; nothing of it outlives the test."""
    terminal, theirs = pty.openpty()
    words = ("generate", "a cat", "-m", str(tiny), "-W", "64", "-H", "64", "--steps", "400", "-o", "x.png")
    process = subprocess.Popen(
        [*COMMAND, *words], stderr=theirs, stdout=subprocess.PIPE, cwd=tmp_path, env=os.environ | {"COLUMNS": "100"}
    )
    os.close(theirs)
    wait_for_drawing(terminal)
    yield process, terminal
    process.kill()
    process.wait()
    if process.stdout:
        process.stdout.close()


def wait_for_drawing(terminal: int) -> None:
    shown = b""
    while b"s/step" not in shown:
        shown = shown[-4096:] + os.read(terminal, 4096)


def rest_of(terminal: int) -> bytes:
    shown = b""
    try:
        while block := os.read(terminal, 4096):
            shown += block
    except OSError:  # how a terminal says that the other side has closed it
        pass
    os.close(terminal)
    return shown


def test_a_worker_killed_once_is_replaced_and_the_picture_comes(
    drawing: tuple[subprocess.Popen[bytes], int], tmp_path: Path
) -> None:
    process, terminal = drawing
    workers_of(process.pid)[0].kill()
    rest_of(terminal)
    out, _ = process.communicate()
    assert process.returncode == 0
    assert out.startswith(b"x.png")
    assert (tmp_path / "x.png").exists()


def test_workers_killed_again_and_again_end_in_exit_3_and_one_sentence(
    drawing: tuple[subprocess.Popen[bytes], int], tmp_path: Path
) -> None:
    process, terminal = drawing
    [first] = workers_of(process.pid)
    first.kill()
    others: list[psutil.Process] = []
    while not others:  # what is shown first may still be the first worker's
        wait_for_drawing(terminal)
        others = [worker for worker in workers_of(process.pid) if worker.pid != first.pid]
    others[0].kill()
    shown = rest_of(terminal)
    process.communicate()
    assert process.returncode == 3
    assert b"2 worker processes died drawing this." in shown
    assert b"Traceback" not in shown
    assert not (tmp_path / "x.png").exists()


def test_ctrl_c_ends_everything_and_says_so(drawing: tuple[subprocess.Popen[bytes], int], tmp_path: Path) -> None:
    process, terminal = drawing
    workers = workers_of(process.pid)
    process.send_signal(signal.SIGINT)
    shown = rest_of(terminal)
    process.communicate()
    assert process.returncode == 130
    assert b"interrupted" in shown
    assert b"Traceback" not in shown
    assert not psutil.wait_procs(workers, timeout=2)[1]
    assert os.listdir(tmp_path) == ["user"]


def test_models_list_and_inspect(cli: Cli, tiny: Path) -> None:
    listed = json.loads(cli("models", "list", "--models-dir", str(tiny.parent), "--json").stdout)
    assert "tiny" in [model["id"] for model in listed]
    assert b"tiny" in cli("models", "list", "--models-dir", str(tiny.parent)).stdout
    shown = cli("models", "inspect", str(tiny)).stdout.decode()
    assert "StableDiffusionPipeline" in shown
    assert "because" in shown


def test_doctor_finds_the_engine_and_its_devices(cli: Cli) -> None:
    report = json.loads(cli("doctor", "--json").stdout)
    engine = next(engine for engine in report["engines"] if engine["name"] == "diffusers")
    assert engine["problem"] is None
    assert engine["devices"][-1]["id"] == "cpu"
    assert "diffusers on " in engine["plan"]
    [toolkit] = engine["toolkits"]
    assert toolkit["name"].startswith("openvino ") and "CPU (" in toolkit["sees"] and "50 million" in toolkit["use"]


def test_doctor_shows_what_is_remembered_and_forgets_it(cli: Cli) -> None:
    card = Device(id="cuda:0", name="A card", memory=1, dtypes=(DType.FLOAT16,), driver="535.54")
    plan = Plan(engine="diffusers", device="cuda:0", dtype=DType.FLOAT16)
    memory = PlacementMemory(load_settings().cache_dir)
    failed = Failure(plan=plan, cause=Cause.CRASH, pixels=512 * 512, reason="It was ended by SIGABRT.")
    memory.remember(Place.of("diffusers", "diffusers 1", card, "sd1"), failed)
    shown = cli("doctor").stdout.decode()
    for words in (str(plan), "A card 535.54", "sd1", "262,144 pixels and more", "It was ended by SIGABRT."):
        assert words in shown
    forgetting = cli("doctor", "--forget", "--json")
    assert b"1 remembered failure forgotten." in forgetting.stderr
    assert json.loads(forgetting.stdout)["remembered"] == []
    assert not memory.entries()


def test_version_and_help(cli: Cli) -> None:
    assert cli("--version").stdout.strip()
    assert b"generate" in cli("--help").stdout
