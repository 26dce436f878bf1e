"""What a model's own bytes say, as a value that can be kept."""

from __future__ import annotations

from pathlib import Path

from safelight.catalog.alike import inspect_file
from safelight.catalog.architectures import Need
from safelight.catalog.folders import FORMATS
from safelight.catalog.inspection import Inspection, inspect, inspect_header
from safelight.catalog.scan import Layout
from safelight.catalog.shards import read_shards
from safelight.domain.errors import NotFound, SafelightError
from safelight.domain.models import ModelFormat, ModelInfo, ModelKind, Role
from safelight.domain.values import Value

_SHARDS = (
    "It lies in several files (shards), which no engine here reads by themselves. Get it as one file, or get the whole "
    "repository that they are from, as a folder in diffusers layout: safelight models pull hf:OWNER/NAME"
)


class Reading(Value):
    """What was read of a model.

    Attributes:
        model: As if it were alone. One that can't be read has the reason as its problem.
        needs: Companions that it needs.
        role: What it can be to other models.
        companion: Which `Companion` it is to them.
        blocked: Whether its problem stays when companions are found.
        error: Code of the error that reading it raised.
    """

    model: ModelInfo
    needs: tuple[Need, ...] = ()
    role: Role | None = None
    companion: str | None = None
    blocked: bool = True
    error: str | None = None

    def fills(self, need: Need) -> bool:
        """Whether it can be what another model needs."""
        return self.role is need.role and self.companion in need.accepts


def read(path: Path, layout: Layout, kind: ModelKind = ModelKind.UNKNOWN) -> Reading:
    """What the model at `path` holds, by its header or its configuration files.

    Args:
        path: Of a file, a folder, or the index of shards.
        layout: Which of them it is.
        kind: For files of text, which only their folder can tell.

    Raises:
        SafelightError: As `inspection.inspect`.
    """
    match layout:
        case Layout.TEXT:
            return Reading(model=_text(path, kind))
        case Layout.FOLDER:
            model = inspect(path)
            return Reading(model=model, blocked=model.problem is not None)
        case Layout.SHARDS:
            return _in_shards(_of(inspect_header(path, read_shards(path))))
        case Layout.FILE:
            return _of(inspect_file(path))


def read_or_tell(path: Path, layout: Layout, kind: ModelKind = ModelKind.UNKNOWN) -> Reading:
    """The same; what is wrong with it becomes the model's problem."""
    try:
        return read(path, layout, kind)
    except SafelightError as error:
        return unreadable(path, error.code, str(error))


def unreadable(path: Path, code: str, problem: str) -> Reading:
    """A model that can't be read."""
    model = ModelInfo(
        id=path.name,
        path=path,
        kind=ModelKind.UNKNOWN,
        format=FORMATS.get(path.suffix.lower(), ModelFormat.SAFETENSORS if path.is_file() else ModelFormat.DIFFUSERS),
        architecture=None,
        bytes=path.stat().st_size if path.is_file() else 0,
        modes=frozenset(),
        problem=problem,
    )
    return Reading(model=model, error=code)


def _of(found: Inspection) -> Reading:
    filling = found.filling
    return Reading(
        model=found.model,
        needs=found.needs,
        role=filling.role if filling else None,
        companion=filling.companion.name if filling else None,
        blocked=found.problem is not None,
    )


def _in_shards(reading: Reading) -> Reading:
    """The same, of no use as it lies: no engine here reads shards, neither as a model nor as a companion."""
    drawing = reading.model.kind in {ModelKind.CHECKPOINT, ModelKind.DIFFUSION_MODEL}
    problem = _SHARDS if drawing else reading.model.problem
    model = reading.model.model_copy(update={"problem": problem, "evidence": (*reading.model.evidence, _SHARDS)})
    return reading.model_copy(update={"model": model, "role": None, "companion": None, "blocked": True})


def _text(path: Path, kind: ModelKind) -> ModelInfo:
    try:
        size = path.stat().st_size
    except OSError:
        raise NotFound(f"There is no file {path.name}.") from None
    return ModelInfo(
        id=path.name,
        path=path,
        kind=kind,
        format=ModelFormat.TEXT,
        architecture=None,
        bytes=size,
        modes=frozenset(),
        evidence=(f"It lies in a folder called {path.parent.name}.",),
        problem="This is text to draw with; it cannot draw by itself.",
    )
