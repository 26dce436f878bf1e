"""Model files become GGUF of another number type: whole, recognised, and never over another file unasked."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from safelight.catalog.headers import read_header
from safelight.catalog.inspection import inspect
from safelight.domain.conversion import Conversion, TypeRule, WeightType
from safelight.domain.errors import Conflict, InvalidInput, NotFound, StorageFailed, UnsupportedModel
from safelight.domain.events import Phase
from safelight.domain.models import ModelFormat
from safelight.domain.work import ConversionRequest, WorkedFile, WorkProgress
from safelight.engines.sdcpp.sizes import converted_bytes
from safelight.settings import Settings, load_settings
from safelight.workers.conversion import convert, convert_file
from tests.ldm import Tensors, to_ldm, vae_to_ldm, write_lightning_ckpt, write_safetensors
from tests.models import build_pipeline
from tests.processes import workers_of
from tests.sdcpp_models import needs_sdcpp

pytestmark = needs_sdcpp

WIDE = "model.diffusion_model.input_blocks.1.1.proj_in.wide.weight"
"""A tensor with rows of 256, as K types need; those of the tiny models are shorter."""

ERRORS = {"f32": 0, "f16": 1e-3, "bf16": 1e-2, "q8_0": 1e-2, "q6_k": 0.03, "q5_1": 0.05, "q5_k": 0.05, "q5_0": 0.05}
ERRORS |= {"q4_1": 0.1, "q4_k": 0.1, "q4_0": 0.1, "q3_k": 0.2, "q2_k": 0.4}
"""Root mean square error of normally distributed weights, as a share of their own."""


@pytest.fixture(scope="module")
def tensors() -> Tensors:
    torch.manual_seed(0)
    return to_ldm(build_pipeline("sd1"), "sd1") | {WIDE: torch.randn(64, 256)}


@pytest.fixture(scope="module")
def source(tensors: Tensors, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_safetensors(tmp_path_factory.mktemp("source") / "model.safetensors", tensors)


async def run(
    source: Path, output: Path, kind: str = "q8_0", *, force: bool = False, **more: Any
) -> tuple[WorkedFile, list[WorkProgress]]:
    said: list[WorkProgress] = []
    order = Conversion(source=source, output=output, type=WeightType(kind), **more)
    return await convert_file(order, load_settings(), said.append, force=force), said


def numbers(path: Path) -> dict[str, Any]:
    """Every tensor of a GGUF file, dequantised by gguf's own code, in torch's order of sides."""
    read = gguf.GGUFReader(path)
    return {
        t.name: gguf.quants.dequantize(t.data, t.tensor_type).reshape(tuple(reversed([int(s) for s in t.shape])))
        for t in read.tensors
    }


def test_every_type_is_tried() -> None:
    assert ERRORS.keys() == set(WeightType)


@pytest.mark.parametrize("kind", ERRORS)
async def test_to_every_type(source: Path, tensors: Tensors, tmp_path: Path, kind: str) -> None:
    output = tmp_path / "out.gguf"
    done, said = await run(source, output, kind)
    header = read_header(output)
    assert header.tensors[WIDE].dtype == kind.upper()
    found, original = inspect(output), inspect(source)
    assert (found.format, found.architecture, found.kind) == (ModelFormat.GGUF, "sd1", original.kind)
    assert header.tensors.keys() == {n for n in read_header(source).tensors if not n.endswith("position_ids")}
    written, wanted = numbers(output)[WIDE], tensors[WIDE].numpy()
    assert np.sqrt(np.mean((written - wanted) ** 2)) / wanted.std() <= ERRORS[kind]
    assert done.bytes == output.stat().st_size
    assert [path.name for path in tmp_path.iterdir() if path.name != "user"] == ["out.gguf"]
    order = Conversion(source=source, output=output, type=WeightType(kind))
    assert done.bytes <= converted_bytes(read_header(source), order) <= 1.1 * done.bytes
    assert said[0].phase is Phase.STARTING
    assert said[-1].phase is Phase.CHECKING
    assert any(p.phase is Phase.CONVERTING for p in said)


async def test_a_rule_gives_some_tensors_another_type(source: Path, tmp_path: Path) -> None:
    rule = TypeRule.parse("^first_stage_model=f32")
    await run(source, tmp_path / "out.gguf", "q4_0", rules=(rule, TypeRule.parse("wide=q6_k")))
    header = read_header(tmp_path / "out.gguf")
    by_part = {
        part: {t.dtype for name, t in header.tensors.items() if name.startswith(part) and name.endswith("q.weight")}
        for part in ("first_stage_model.", "model.diffusion_model.")
    }
    assert by_part["first_stage_model."] == {"F32"}
    assert "Q4_0" in {t.dtype for t in header.tensors.values()}
    assert header.tensors[WIDE].dtype == "Q6_K"


async def test_a_pickle_of_training_is_converted(tensors: Tensors, tmp_path: Path) -> None:
    """Weights come through bit by bit, also those stored in another order; EMA twins and callbacks do not."""
    (tmp_path / "there").mkdir()
    turned = tensors | {WIDE: tensors[WIDE].t().contiguous().t()}
    source = write_lightning_ckpt(tmp_path / "model.ckpt", turned)
    await run(source, tmp_path / "there" / "out.gguf", "f32")
    assert inspect(tmp_path / "there" / "out.gguf").architecture == "sd1"
    written = numbers(tmp_path / "there" / "out.gguf")
    assert written.keys() == {name for name in tensors if not name.endswith("position_ids")}
    for name in (WIDE, "first_stage_model.decoder.conv_in.weight"):
        assert np.array_equal(written[name], tensors[name].numpy())
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["out.gguf"]


@pytest.mark.parametrize("architecture", ["sd2", "sdxl"])
async def test_of_other_families(tmp_path: Path, architecture: str) -> None:
    """They hold single numbers (OpenCLIP's logit scale), which the library does not take."""
    source = write_safetensors(tmp_path / "m.safetensors", to_ldm(build_pipeline(architecture), architecture))
    await run(source, tmp_path / "out.gguf")
    assert inspect(tmp_path / "out.gguf").architecture == architecture


async def test_another_vae_takes_the_place_of_its_own(source: Path, tmp_path: Path) -> None:
    torch.manual_seed(7)
    vae = build_pipeline("sd1").vae
    for weight in vae.parameters():
        weight.data.add_(1)
    other = write_safetensors(tmp_path / "vae.safetensors", vae_to_ldm(vae))
    await run(source, tmp_path / "out.gguf", "f32", vae=other)
    written, wanted = numbers(tmp_path / "out.gguf"), load_file(other)
    name = "decoder.conv_in.weight"
    assert np.array_equal(written[f"first_stage_model.{name}"], wanted[name].numpy())
    assert inspect(tmp_path / "out.gguf").architecture == "sd1"


@pytest.mark.parametrize(("architecture", "context"), [("sd1", 768), ("sd2", 1024), ("sdxl", 2048)])
async def test_with_another_vae_it_is_still_what_it_was(tmp_path: Path, architecture: str, context: int) -> None:
    """The library then names the text encoders of every family as SD 1's are."""
    pipeline = build_pipeline(architecture)
    tensors = to_ldm(pipeline, architecture)
    wide = {n: torch.zeros(len(t), context) for n, t in tensors.items() if n.endswith("attn2.to_k.weight")}
    source = write_safetensors(tmp_path / "m.safetensors", tensors | wide)
    other = write_safetensors(tmp_path / "vae.safetensors", vae_to_ldm(pipeline.vae))
    await run(source, tmp_path / "out.gguf", vae=other)
    found = inspect(tmp_path / "out.gguf")
    assert (found.architecture, found.problem) == (architecture, None)
    names = read_header(tmp_path / "out.gguf").tensors
    assert any(name.startswith("cond_stage_model.transformer.") for name in names)


async def test_nothing_is_replaced_unasked(source: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.gguf"
    output.write_bytes(b"mine")
    with pytest.raises(Conflict, match=r"out\.gguf is there already"):
        await run(source, output)
    assert output.read_bytes() == b"mine"
    await run(source, output, force=True)
    assert inspect(output).architecture == "sd1"


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("model.safetensors", InvalidInput, "does not end in .gguf"),
        ("nowhere/out.gguf", InvalidInput, "is not there"),
        ("folder.gguf", InvalidInput, "is a folder"),
    ],
)
async def test_outputs_that_make_no_sense(
    source: Path, tmp_path: Path, name: str, error: type[Exception], said: str
) -> None:
    (tmp_path / "folder.gguf").mkdir()
    with pytest.raises(error, match=said):
        await run(source, tmp_path / name, force=True)


async def test_a_file_is_not_converted_into_itself(source: Path, tmp_path: Path) -> None:
    await run(source, tmp_path / "one.gguf")
    (tmp_path / "same.gguf").symlink_to(tmp_path / "one.gguf")
    with pytest.raises(InvalidInput, match="can't be converted into the file that it is read from"):
        await run(tmp_path / "one.gguf", tmp_path / "same.gguf", "q4_0", force=True)


async def test_a_quantised_source_is_converted_with_a_warning(source: Path, tmp_path: Path) -> None:
    await run(source, tmp_path / "one.gguf")
    done, _ = await run(tmp_path / "one.gguf", tmp_path / "two.gguf", "q4_0")
    assert any("quantised before" in note for note in done.notes)


async def test_room_is_looked_for_first(tmp_path: Path) -> None:
    """A file that claims more than the disk has free, most of it a hole."""
    side = 2 ** ((shutil.disk_usage(tmp_path).free // 2).bit_length() // 2 + 1)
    size = side * side * 2
    tensor = {"dtype": "F16", "shape": [side, side], "data_offsets": [0, size]}
    header = json.dumps({"first_stage_model.decoder.conv_in.weight": tensor}).encode()
    with (tmp_path / "huge.safetensors").open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(8 + len(header) + size)
    with pytest.raises((StorageFailed, UnsupportedModel), match=r"and the disk has|not a model"):
        await run(tmp_path / "huge.safetensors", tmp_path / "out.gguf", "f32")


async def test_a_cancel_ends_the_worker_and_leaves_nothing(source: Path, tmp_path: Path) -> None:
    begun = asyncio.Event()
    order = Conversion(source=source, output=tmp_path / "out.gguf", type=WeightType.Q8_0)
    job = asyncio.create_task(convert_file(order, load_settings(), lambda progress: begun.set(), force=False))
    await begun.wait()
    while not workers_of():
        await asyncio.sleep(0)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert not workers_of()
    assert not [path for path in tmp_path.iterdir() if path.name != "user"]


async def test_what_a_killed_process_left_is_swept_up(source: Path, tmp_path: Path) -> None:
    """Also of other outputs, and if a process has its id again, as in a container that was started anew."""
    left = [f".{name}.gguf.{os.getpid()}-0a0a.part" for name in ("out", "other")]
    for name in [*left, left[0] + ".lock", left[0] + ".source", ".more.gguf.0a0b.part"]:
        (tmp_path / name).touch()
    kept = {".out.gguf.x.part", "out.gguf.0a.part", ".new.gguf.0a.part.lock"}
    for name in kept:
        (tmp_path / name).touch()
    await run(source, tmp_path / "out.gguf")
    assert {path.name for path in tmp_path.iterdir()} - {"user"} == {"out.gguf", *kept}


async def test_what_another_process_writes_is_left_alone(source: Path, tmp_path: Path) -> None:
    part = tmp_path / ".out.gguf.0a0a.part"
    part.touch()
    lock = f"{part}.lock"
    code = f"from filelock import FileLock; lock = FileLock({lock!r}); lock.acquire(); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdin and writer.stdout
        writer.stdout.readline()
        await run(source, tmp_path / "out.gguf")
        assert part.exists()
        writer.kill()
    await run(source, tmp_path / "again.gguf")
    assert not part.exists() and not Path(lock).exists()


async def test_two_conversions_at_once_leave_each_other_alone(source: Path, tmp_path: Path) -> None:
    await asyncio.gather(*(run(source, tmp_path / f"{name}.gguf") for name in "ab"))
    assert {path.name for path in tmp_path.iterdir()} - {"user"} == {"a.gguf", "b.gguf"}


async def test_as_a_job_by_the_names_of_the_catalog(source: Path, settings: Settings) -> None:
    settings.models_dir.mkdir()
    shutil.copy(source, settings.models_dir / "mine.safetensors")
    done = await convert(ConversionRequest(model="mine", type="Q4_K_M"), settings, lambda progress: None)
    assert done.name == "mine-q4_k.gguf"
    assert inspect(settings.models_dir / done.name).architecture == "sd1"
    for output in ("../out.gguf", str(source.parent / "out.gguf"), ".", "a\0b.gguf"):
        with pytest.raises(InvalidInput):
            await convert(ConversionRequest(model="mine", type="q8_0", output=output), settings, lambda progress: None)
    with pytest.raises(NotFound):
        await convert(ConversionRequest(model=str(source), type="q8_0"), settings, lambda progress: None)


def test_the_command(source: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.gguf"
    command = [sys.executable, "-m", "safelight", "models", "convert", str(source), "--type", "q8_0", "-o", str(output)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert str(output) in done.stdout
    assert inspect(output).dtype in ("q8_0", "f32")
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (again.returncode, again.stdout) == (1, "")
    assert "--force" in again.stderr
    forced = subprocess.run([*command, "--force", "--json"], capture_output=True, text=True, check=False)
    assert json.loads(forced.stdout)["bytes"] == output.stat().st_size
