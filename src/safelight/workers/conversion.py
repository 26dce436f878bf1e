"""Converting a model file: checked before, done in a worker, checked after, put in place whole.

The worker writes beside the output under another name. Whatever ends the conversion early (an error, a cancel, the
worker's death) leaves that file removed and the output untouched. What a killed process left behind is removed by the
next conversion into the same folder: a lock that nobody holds tells it from what is being written.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from safelight.catalog.catalog import open_catalog
from safelight.catalog.headers import Header, read_header
from safelight.catalog.inspection import inspect, inspect_header
from safelight.catalog.shards import is_shard_index
from safelight.disk import sync_folder
from safelight.domain.conversion import Conversion, TypeRule, weight_type
from safelight.domain.errors import (
    Conflict,
    EngineFailure,
    InvalidInput,
    OutOfMemory,
    SafelightError,
    StorageFailed,
    UnsupportedModel,
)
from safelight.domain.events import Phase, Progress
from safelight.domain.models import ModelFormat, ModelInfo, ModelKind
from safelight.domain.units import data_size
from safelight.domain.work import ConversionRequest, WorkedFile, WorkProgress
from safelight.engines.sdcpp.plain import COPY_ENDING, needs_copy
from safelight.engines.sdcpp.sizes import QUANTISED, converted_bytes
from safelight.engines.spec import engine_specs, registered_specs
from safelight.settings import Settings
from safelight.workers.process import Listener, WorkerProcess

Watch = Callable[[WorkProgress], None]

_ENGINE = "sdcpp"
_SPARE_DISK = 64 * 2**20
_PART, _LOCK = ".part", ".lock"
_UNFINISHED = re.compile(rf"(\..+\.[0-9a-f-]+{re.escape(_PART)})(?:{re.escape(COPY_ENDING)}|{re.escape(_LOCK)})?")
"""Names of unfinished files, of copies that are read instead of a source, and of locks; the group is the first."""

_YOUNG_SECONDS = 60.0

_KINDS = frozenset(
    {
        ModelKind.CHECKPOINT,
        ModelKind.DIFFUSION_MODEL,
        ModelKind.VAE,
        ModelKind.TEXT_ENCODER,
        ModelKind.CLIP_VISION,
        ModelKind.CONTROLNET,
    }
)


async def convert(request: ConversionRequest, settings: Settings, progress: Watch) -> WorkedFile:
    """Convert a model of the catalog to a file below the models folder.

    Raises:
        NotFound: There is no such model, or VAE.
        InvalidInput: The type, a rule or the output's name is wrong.
        SafelightError: As `convert_file`.
    """
    models = await asyncio.to_thread(open_catalog, settings)
    source = await asyncio.to_thread(models.resolve, request.model, paths=False)
    vae = await asyncio.to_thread(models.resolve, request.vae, paths=False) if request.vae else None
    order = order_of(request, settings.models_dir, source, vae)
    done = await convert_file(order, settings, progress, force=request.overwrite)
    return done.model_copy(update={"name": order.output.relative_to(settings.models_dir.resolve()).as_posix()})


def order_of(request: ConversionRequest, folder: Path, source: ModelInfo, vae: ModelInfo | None) -> Conversion:
    """What a request for these models asks to be written below `folder`.

    Raises:
        InvalidInput: The type, a rule or the output's name is wrong.
    """
    kind = weight_type(request.type)
    return Conversion(
        source=source.path,
        output=_below(folder, request.output or f"{source.path.stem}-{kind.value}.gguf"),
        type=kind,
        rules=tuple(TypeRule.parse(rule) for rule in (request.rules or "").split(",") if rule.strip()),
        vae=vae.path if vae else None,
    )


def check(order: Conversion, *, force: bool) -> None:
    """Check what can be told without converting; reads headers.

    Args:
        order: What is to be written, and where.
        force: Whether the output may be replaced.

    Raises:
        InvalidInput: Source, VAE or output can't be what was asked for, or the converter is not installed.
        UnsupportedModel: The source is no model that can be converted.
        Conflict: The output is there already.
    """
    _checked(order, force)
    _check_installed()


async def convert_file(order: Conversion, settings: Settings, progress: Watch, *, force: bool) -> WorkedFile:
    """Convert one file. When the call is cancelled its worker is ended, and nothing is left behind.

    Args:
        order: What to write, and where.
        settings: For the worker.
        progress: Told of bytes written, as far as these are known.
        force: Replace the output if it is there.

    Raises:
        InvalidInput: Source, VAE or output can't be what was asked for.
        Conflict: The output is there already.
        StorageFailed: The disk has not the room.
        OutOfMemory: The memory has not.
        EngineFailure: The result is not what it should be, or the library failed.
        WorkerDied: The library crashed.
    """
    source, header = await asyncio.to_thread(_checked, order, force)
    total = await asyncio.to_thread(_room, order, header)
    _check_installed()
    await asyncio.to_thread(_sweep, order.output.parent)
    temporary = order.output.with_name(f".{order.output.name[:100]}.{secrets.token_hex(8)}{_PART}")
    lock = _locked(temporary)

    def watch(now: Progress) -> None:
        share = now.step / now.steps if now.steps else 0
        progress(WorkProgress(phase=now.phase, done=int(total * share), total=total, item=order.output.name))

    try:
        progress(WorkProgress(phase=Phase.STARTING, total=total, item=order.output.name))
        worker = await WorkerProcess.start(_ENGINE, settings)
        try:
            hidden = order.model_copy(update={"output": temporary})
            await worker.convert(secrets.token_hex(8), hidden, Listener(progress=watch))
        finally:
            await worker.close()
        progress(WorkProgress(phase=Phase.CHECKING, done=total, total=total, item=order.output.name))
        notes = await asyncio.to_thread(_checked_result, temporary, source, header, order)
        size = await asyncio.to_thread(_place, temporary, order.output, force)
    finally:
        _remove(temporary, lock)
    return WorkedFile(name=order.output.name, bytes=size, notes=notes)


def _below(folder: Path, name: str) -> Path:
    """The path of `name` in `folder`; raises InvalidInput for one that leads out of it."""
    root = folder.resolve()
    try:
        path = (root / name).resolve()
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{name!r} is no name for a file.") from error
    if not path.is_relative_to(root) or path == root:
        raise InvalidInput(f"{name!r} is not in the models folder.", hint="Name a file below it.")
    return path


def _locked(temporary: Path) -> FileLock:
    """The lock that says that an unfinished file is being written, held.

    Raises:
        StorageFailed: The folder can't be written to.
    """
    lock = _lock_of(temporary)
    try:
        lock.acquire()
    except OSError as error:
        raise StorageFailed(
            f"The folder of the output can't be written to: {error.strerror or error}.", hint="Name another."
        ) from error
    return lock


def _lock_of(temporary: Path) -> FileLock:
    return FileLock(temporary.with_name(temporary.name + _LOCK), timeout=0)


def _remove(temporary: Path, lock: FileLock) -> None:
    """Remove an unfinished file and what belongs to it, and give up its lock."""
    for ending in (COPY_ENDING, ""):
        with contextlib.suppress(OSError):
            temporary.with_name(temporary.name + ending).unlink()
    lock.release()
    with contextlib.suppress(OSError):
        Path(lock.lock_file).unlink()


def _sweep(folder: Path) -> None:
    """Remove what killed processes left of conversions into `folder`: unfinished files whose lock nobody holds."""
    for left in {folder / found[1] for path in folder.iterdir() if (found := _UNFINISHED.fullmatch(path.name))}:
        lock = _lock_of(left)
        if not left.exists() and _is_young(Path(lock.lock_file)):
            continue
        with contextlib.suppress(OSError):  # it is being written, or not ours to remove
            lock.acquire()
            _remove(left, lock)


def _is_young(lock: Path) -> bool:
    """Whether a lock may have been made by somebody who is just about to hold it."""
    try:
        return time.time() - lock.stat().st_mtime < _YOUNG_SECONDS
    except OSError:  # it went meanwhile, or there is none
        return False


def _check_installed() -> None:
    if any(spec.name == _ENGINE for spec in engine_specs()):
        return
    how = next((spec.how_to_install for spec in registered_specs() if spec.name == _ENGINE), "")
    raise InvalidInput("Converting needs stable-diffusion.cpp, which is not installed.", hint=f"Run: {how}")


def _checked(order: Conversion, force: bool) -> tuple[ModelInfo, Header]:
    """The source, if it can be converted to that output."""
    if os.path.isdir(order.source):
        raise InvalidInput(
            f"{order.source.name} is a folder in diffusers layout; only single files can be converted yet.",
            hint="Convert the single file that most models are published as, too.",
        )
    if is_shard_index(order.source):
        raise InvalidInput(
            f"{order.source.name} lists several files (shards); only single files can be converted yet.",
            hint="Convert the single file that most models are published as, too.",
        )
    header = read_header(order.source)
    source = inspect_header(order.source, header).model
    if source.kind not in _KINDS:
        said = " ".join(source.evidence)
        raise UnsupportedModel(f"{order.source.name} is not a model that can be converted. {said}".strip())
    if order.output.suffix.lower() != ".gguf":
        raise InvalidInput(f"{order.output.name} does not end in .gguf.", hint="Only GGUF files are written.")
    if not order.output.parent.is_dir():
        raise InvalidInput(f"The folder of {order.output.name} is not there.", hint="Make it first.")
    if order.output.is_dir():
        raise InvalidInput(f"{order.output.name} is a folder.")
    if order.output.exists():
        if order.output.samefile(order.source) or (order.vae and order.output.samefile(order.vae)):
            raise InvalidInput("A model can't be converted into the file that it is read from.", hint="Name another.")
        if not force:
            raise Conflict(
                f"{order.output.name} is there already.",
                hint="Say that it may be replaced: --force, or overwrite by HTTP.",
            )
    if order.vae:
        found = inspect(order.vae)
        if found.kind is not ModelKind.VAE:
            raise InvalidInput(f"{order.vae.name} is a {found.kind.value}, not a VAE.")
        if source.kind is not ModelKind.CHECKPOINT:
            raise InvalidInput(f"{order.source.name} is a {source.kind.value}: a VAE goes into whole checkpoints only.")
    return source, header


def _room(order: Conversion, header: Header) -> int:
    """Bytes of the result, if disk and memory have them."""
    import psutil  # noqa: PLC0415 - costs 20 ms, which `safelight --help` does not need

    total = converted_bytes(header, order, read_header(order.vae) if order.vae else None)
    free, room = shutil.disk_usage(order.output.parent).free, total + (header.size if needs_copy(header) else 0)
    if free < room + _SPARE_DISK:
        raise StorageFailed(f"Converting takes about {data_size(room)}, and the disk has {data_size(free)} free.")
    available = int(psutil.virtual_memory().available)
    if available < total:
        raise OutOfMemory(
            f"Converting holds the whole result, about {data_size(total)}, in memory; {data_size(available)} are free.",
            hint="Unload models, or choose a smaller type.",
        )
    return total


def _checked_result(path: Path, source: ModelInfo, header: Header, order: Conversion) -> tuple[str, ...]:
    """Read the result as any model is read; return what the user should know of it.

    Raises:
        EngineFailure: It is not what the source is.
    """
    try:
        written = read_header(path)
        result = inspect_header(path, written).model
    except SafelightError as error:
        raise EngineFailure(f"The converted file can't be read: {error.message}") from error
    same = (result.kind, result.architecture, result.format) == (source.kind, source.architecture, ModelFormat.GGUF)
    if not same:
        raise EngineFailure(
            f"The converted file was recognised as {result.kind.value} of {result.architecture or 'no known family'}, "
            f"the source as {source.kind.value} of {source.architecture or 'no known family'}."
        )
    kinds = {tensor.dtype.lower() for tensor in written.tensors.values()}
    notes = []
    if order.type.value not in kinds and order.type.value not in (source.dtype, *(rule.type for rule in order.rules)):
        notes.append(f"No tensor has rows that {order.type.value} can hold: all were kept as they are.")
    if any(tensor.dtype in QUANTISED for tensor in header.tensors.values()):
        notes.append("The source was quantised before: what that lost does not come back.")
    return tuple(notes)


def _place(temporary: Path, output: Path, force: bool) -> int:
    """Give the finished file its name, in one step and after its bytes are on the disk; return its size."""
    try:
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
            size = os.fstat(file.fileno()).st_size
        if force:
            temporary.replace(output)
        else:
            _name_new(temporary, output)
        sync_folder(output.parent)
    except FileExistsError as error:
        raise Conflict(f"{output.name} appeared meanwhile and was not replaced.") from error
    except OSError as error:
        raise StorageFailed(f"{output.name} could not be written: {error.strerror or error}.") from error
    return size


def _name_new(temporary: Path, output: Path) -> None:
    """Rename without ever replacing: a hard link fails where the name is taken."""
    try:
        os.link(temporary, output)
    except FileExistsError:
        raise
    except OSError as error:  # a file system without hard links
        if output.exists():
            raise FileExistsError(output.name) from error
        temporary.rename(output)
