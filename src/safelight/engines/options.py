"""What can be set on an engine beyond what every engine knows: checked here, without importing the engine."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, JsonValue, ValidationError, ValidationInfo

from safelight.domain.errors import InvalidInput
from safelight.domain.request import EngineOptions, GenerationRequest
from safelight.domain.values import Value
from safelight.engines.spec import registered_specs
from safelight.settings import Settings

_FOLDER = "models_dir"


def _inside(name: str, info: ValidationInfo) -> str:
    """The path of a file in the models folder, where that is known; elsewhere the name as it is."""
    if not info.context:
        return name
    folder: Path = info.context[_FOLDER].resolve()
    try:
        path = (folder / name).resolve()
        there = path.is_relative_to(folder) and path.is_file()
    except (OSError, ValueError) as error:
        raise ValueError("no such file in the models folder") from error
    if not there:
        raise ValueError("no such file in the models folder")
    return str(path)


ModelFile = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_inside)]
"""A file in the models folder, named relative to it: nothing outside can be named in a request."""


def load_options(engine: str, settings: Settings) -> dict[str, JsonValue]:
    """What the settings say of `engine` for loading; only what was set.

    Raises:
        InvalidInput: The engine has no such option, or not with that value.
    """
    given = settings.engine_options.get(engine, {})
    return _checked(engine, given, "load_options", None) if given else {}


def check_draw_options(options: EngineOptions, settings: Settings) -> None:
    """Check what a request sets on engines.

    Raises:
        InvalidInput: There is no such engine or option, or not with that value.
    """
    for engine, given in options.items():
        _checked(engine, given, "draw_options", settings.models_dir)


def located(request: GenerationRequest, settings: Settings) -> GenerationRequest:
    """The request with the paths of the model files that its options name; it is not to be stored or shown.

    Raises:
        InvalidInput: A file is not there any more.
    """
    if not request.engine_options:
        return request
    options = {
        engine: _checked(engine, given, "draw_options", settings.models_dir)
        for engine, given in request.engine_options.items()
    }
    return request.model_copy(update={"engine_options": options})


def _checked(engine: str, given: Mapping[str, Any], which: str, models_dir: Path | None) -> dict[str, JsonValue]:
    spec = next((spec for spec in registered_specs() if spec.name == engine), None)
    if spec is None:
        there = ", ".join(spec.name for spec in registered_specs())
        raise InvalidInput(f"There is no engine {engine!r}.", hint=f"There are: {there}.")
    named = getattr(spec, which)
    if not named:
        if given:
            raise InvalidInput(f"The {engine} engine has no options of its own here.")
        return {}
    module, _, attribute = named.partition(":")
    kind: type[Value] = getattr(importlib.import_module(module), attribute)
    try:
        options = kind.model_validate(given, context={_FOLDER: models_dir} if models_dir else None)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"]))
        said = problem["msg"].removeprefix("Value error, ")
        raise InvalidInput(f"engine_options.{engine}.{where}: {said[0].lower()}{said[1:]}.") from error
    return options.model_dump(mode="json", exclude_unset=True)
