"""What can be set on an engine beyond what every engine knows: checked here, without importing the engine."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Protocol, runtime_checkable

from pydantic import AfterValidator, Field, JsonValue, ValidationError, ValidationInfo

from safelight.catalog.catalog import Catalog, open_catalog
from safelight.domain.errors import InvalidInput, NotFound, SafelightError
from safelight.domain.models import ModelInfo, ModelKind
from safelight.domain.request import EngineOptions, GenerationRequest, Size
from safelight.domain.values import Value
from safelight.engines.spec import registered_specs
from safelight.settings import Settings

_MODELS, _SIZE = "models", "size"
_LABELS = {
    ModelKind.LORA: "a LoRA",
    ModelKind.UPSCALER: "an upscaler",
    ModelKind.CONTROLNET: "a ControlNet",
    ModelKind.PHOTOMAKER: "a PhotoMaker model",
    ModelKind.EMBEDDING: "an embedding",
    ModelKind.VAE: "a VAE",
    ModelKind.TAESD: "a tiny VAE",
}

_TO_GET = {ModelKind.TAESD: "Get one: safelight models pull hf:madebyollin/taesd/diffusion_pytorch_model.safetensors"}
"""Where what is often not there is to be had."""


@runtime_checkable
class DrawsAgain(Protocol):
    """Options of a request by which an engine may draw a picture a second time, larger."""

    def second_pass(self, size: Size) -> tuple[int, int] | None:
        """Width and height of the second pass of a picture of `size`, if there is one."""

    def second_steps(self, steps: int) -> int:
        """How many steps that pass does where the first one is asked for `steps`."""


class _Wrong(ValueError):
    """What is wrong with an option's value, without a full stop, and what to do."""

    def __init__(self, said: str, hint: str | None = None) -> None:
        super().__init__(said)
        self.hint = hint


class _Models:
    """What an option can name: models that the catalog lists and files in the models folder, and nothing else."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._found: dict[str, ModelInfo] = {}

    @cached_property
    def _catalog(self) -> Catalog:
        return open_catalog(self._settings)

    def path(self, name: str, kind: ModelKind) -> str:
        """Where the model called `name` lies, if it is of that kind."""
        try:
            model = self._found.get(name) or self._catalog.resolve(name, paths=False)
        except NotFound as error:
            hint = " ".join(filter(None, (error.hint, _TO_GET.get(kind))))
            raise _Wrong(error.message.removesuffix("."), hint or None) from error
        except SafelightError as error:
            raise _Wrong(error.message.removesuffix("."), error.hint) from error
        if model.kind is not kind:
            is_a = _LABELS.get(model.kind, f"of the kind {model.kind.value.replace('_', ' ')}")
            raise _Wrong(f"{model.id} is {is_a}, not {_LABELS[kind]}", "The list of models says what each is.")
        self._found[name] = model
        return str(model.path.absolute())

    def file(self, name: str) -> str:
        """Where a file lies that is no model, by its path below the models folder."""
        folder = self._settings.models_dir.resolve()
        try:
            path = (folder / name).resolve()
            there = path.is_relative_to(folder) and path.is_file()
        except (OSError, ValueError) as error:
            raise _Wrong("no such file in the models folder") from error
        if not there:
            raise _Wrong("no such file in the models folder")
        return str(path)


def _located_file(name: str, info: ValidationInfo) -> str:
    return info.context[_MODELS].file(name) if info.context else name


def model_of(kind: ModelKind) -> AfterValidator:
    """Validates the name of a model of `kind` and makes it its path, where the models are known."""

    def located_model(name: str, info: ValidationInfo) -> str:
        return info.context[_MODELS].path(name, kind) if info.context else name

    return AfterValidator(located_model)


Name = Annotated[str, Field(min_length=1, max_length=1000)]
"""Of a model as the catalog lists it, or of a file."""

PlainFile = Annotated[Name, AfterValidator(_located_file)]
"""A file in the models folder that is no model, named relative to it."""


def load_options(engine: str, settings: Settings) -> dict[str, JsonValue]:
    """What the settings say of `engine` for loading: what was set, and where it may keep what it makes of models.

    Raises:
        InvalidInput: The engine has no such option, or not with that value.
    """
    given = settings.engine_options.get(engine, {})
    if any(spec.name == engine and spec.keeps_files for spec in registered_specs()):
        given = {"cache_dir": settings.cache_dir / engine} | given
    return _checked(engine, given, "load_options", None) if given else {}


def picture_size(info: ValidationInfo) -> Size | None:
    """The size of the picture that options are validated for, where that is known."""
    size: Size | None = (info.context or {}).get(_SIZE)
    return size


def check_draw_options(options: EngineOptions, settings: Settings, size: Size | None = None) -> None:
    """Check what a request sets on engines.

    Args:
        options: By engine.
        settings: Say where models are.
        size: Of the picture, where it is decided already.

    Raises:
        InvalidInput: There is no such engine or option, or not with that value.
    """
    models = _Models(settings)
    for engine, given in options.items():
        _checked(engine, given, "draw_options", models, size)


def second_passes(request: GenerationRequest) -> dict[str, tuple[int, int]]:
    """Engine → width and height at which it draws the request's pictures again, by its options in the request."""
    return {engine: sides for engine, (sides, _) in second_steps(request).items()}


def second_steps(request: GenerationRequest) -> dict[str, tuple[tuple[int, int], int]]:
    """The same, and in how many steps."""
    found: dict[str, tuple[tuple[int, int], int]] = {}
    for engine, given in request.engine_options.items():
        kind = _kind(engine, "draw_options")
        options = kind.model_validate(given) if kind else None
        if isinstance(options, DrawsAgain) and (sides := options.second_pass(request.size)):
            found[engine] = sides, options.second_steps(request.sampling.steps)
    return found


def located(request: GenerationRequest, settings: Settings) -> GenerationRequest:
    """The request with the paths of the model files that its options name; it is not to be stored or shown.

    Raises:
        InvalidInput: A file is not there any more, or an option asks for more than the picture's size allows.
    """
    if not request.engine_options:
        return request
    models = _Models(settings)
    options = {
        engine: _checked(engine, given, "draw_options", models, request.size)
        for engine, given in request.engine_options.items()
    }
    return request.model_copy(update={"engine_options": options})


def _checked(
    engine: str, given: Mapping[str, Any], which: str, models: _Models | None, size: Size | None = None
) -> dict[str, JsonValue]:
    kind = _kind(engine, which)
    if kind is None:
        if given:
            raise InvalidInput(f"The {engine} engine has no options of its own here.")
        return {}
    try:
        options = kind.model_validate(given, context={_MODELS: models, _SIZE: size} if models else None)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, ("engine_options", engine, *problem["loc"])))
        cause = problem.get("ctx", {}).get("error")
        if isinstance(cause, _Wrong):
            raise InvalidInput(f"{where}: {cause}.", hint=cause.hint) from error
        said = problem["msg"].removeprefix("Value error, ")
        raise InvalidInput(f"{where}: {said[0].lower()}{said[1:]}.") from error
    return options.model_dump(mode="json", exclude_unset=True)


def _kind(engine: str, which: str) -> type[Value] | None:
    """The type of an engine's options; None when it has none. Raises InvalidInput when there is no such engine."""
    spec = next((spec for spec in registered_specs() if spec.name == engine), None)
    if spec is None:
        there = ", ".join(spec.name for spec in registered_specs())
        raise InvalidInput(f"There is no engine {engine!r}.", hint=f"There are: {there}.")
    named = getattr(spec, which)
    if not named:
        return None
    module, _, attribute = named.partition(":")
    kind: type[Value] = getattr(importlib.import_module(module), attribute)
    return kind
