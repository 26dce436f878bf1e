"""Folders in diffusers layout: `model_index.json`, and one sub-folder for every component."""

from __future__ import annotations

import fnmatch
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

from pydantic import ValidationError

from safelight.catalog.architectures import Architecture, architectures
from safelight.catalog.headers import Header, read_header
from safelight.catalog.headers.header import shown
from safelight.catalog.weights import weigh_component
from safelight.domain.errors import CorruptFile, InvalidInput, NotFound, UnsupportedModel
from safelight.domain.models import Defaults, ModelFormat, ModelInfo, ModelKind, Prediction
from safelight.domain.request import MAX_SIDE, MIN_SIDE, Mode, Size

INDEX = "model_index.json"
OVERRIDES = "safelight.json"

_AGAIN = "Download the folder again."
_MAX_JSON = 8_000_000
_OPTIONAL = frozenset({"safety_checker", "feature_extractor", "image_encoder"})
"""Components that published folders name but often lack, and that no pipeline needs to draw."""

_WEIGHTLESS = re.compile(r"Scheduler|Tokenizer|Processor|FeatureExtractor")
_BACKBONES = ("unet", "transformer", "prior")
_STEMS = ("diffusion_pytorch_model", "model", "pytorch_model")
_FLOW_CFG = (("Flux", 3.5),)
_FLOW = Defaults(size=Size(width=1024, height=1024), steps=28, cfg_scale=4.5, sampler="euler", scheduler="discrete")
_VAE_SCALE = 8
_INPAINT_CHANNELS = 9

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Component:
    """One component: its folder, its configuration, its weight files with their headers."""

    name: str
    config: Json
    weights: tuple[Path, ...]
    headers: tuple[Header, ...]

    @property
    def bytes(self) -> int:
        return sum(header.size for header in self.headers)


def is_diffusers_folder(path: Path) -> bool:
    """Whether `path` is a folder with a `model_index.json`."""
    return os.path.isfile(path / INDEX)


def inspect_folder(path: Path) -> ModelInfo:
    """Tell what a folder in diffusers layout holds.

    Raises:
        UnsupportedModel: The folder is in no layout that is known.
        CorruptFile: A component is missing, truncated or malformed; the message names it.
        InvalidInput: Its `safelight.json` has bad values, or a weight file is a dangerous pickle.
    """
    if not is_diffusers_folder(path):
        raise UnsupportedModel(f"The folder {shown(path.name)} has no {INDEX}, so it is no model in diffusers layout.")
    folder = shown(path.name)
    index = _read_json(path / INDEX, folder)
    pipeline = index.get("_class_name")
    if not isinstance(pipeline, str):
        raise CorruptFile(f"The folder {folder} has a {INDEX} that names no pipeline class.")
    components, evidence = _components(path, index, folder)
    backbone = next((components[name] for name in _BACKBONES if name in components), None)
    scheduler = components["scheduler"].config if "scheduler" in components else {}
    prediction, problem = _prediction(scheduler)
    family = _family(pipeline, backbone)
    evidence = (f"{INDEX} names the pipeline {shown(pipeline)}.", *_width_evidence(backbone), *evidence)
    return ModelInfo(
        id=path.resolve().name,
        path=path,
        kind=ModelKind.CHECKPOINT,
        format=ModelFormat.DIFFUSERS,
        architecture=family.name if family else _snake(pipeline),
        bytes=sum(component.bytes for component in components.values()),
        dtype=_dtype(backbone),
        prediction=prediction,
        modes=_modes(pipeline, backbone),
        defaults=_override(_defaults(pipeline, prediction, family, backbone, components.get("vae")), path),
        pipeline=pipeline,
        parts=tuple(part for name, one in components.items() for part in weigh_component(name, one.headers)),
        evidence=evidence,
        problem=(family.problem if family else None) or problem,
    )


def backbone_weights(path: Path) -> tuple[Path, ...]:
    """Weight files of the UNet or transformer of a diffusers folder.

    Raises:
        CorruptFile: There are none.
    """
    for name in _BACKBONES:
        if (path / name).is_dir():
            return component_weights(path, name)
    raise CorruptFile(f"The folder {shown(path.name)} has neither a unet nor a transformer.")


def component_weights(path: Path, name: str) -> tuple[Path, ...]:
    """Weight files of a component of a diffusers folder.

    Raises:
        CorruptFile: There are none.
    """
    return _weight_files(path / name, f"{shown(path.name)}, {name}")


def _components(path: Path, index: Json, folder: str) -> tuple[dict[str, _Component], tuple[str, ...]]:
    components: dict[str, _Component] = {}
    evidence: list[str] = []
    for name, entry in index.items():
        if name.startswith("_") or not isinstance(entry, list) or len(entry) != 2:  # noqa: PLR2004 - library, class
            continue
        library, class_name = entry
        if not isinstance(library, str) or not isinstance(class_name, str):
            continue
        if not name.isidentifier():
            raise CorruptFile(f'The folder {folder} has a {INDEX} with a component called "{shown(name)}".')
        if not (path / name).is_dir():
            if name in _OPTIONAL:
                evidence.append(f"{name} is named in {INDEX} but missing; it is not needed.")
                continue
            raise CorruptFile(f"The folder {folder} lacks its {name}.", hint=_AGAIN)
        components[name] = _component(path / name, f"{folder}, {name}", class_name)
    return components, tuple(evidence)


def _component(path: Path, label: str, class_name: str) -> _Component:
    if _WEIGHTLESS.search(class_name):
        file = path / "scheduler_config.json"
        return _Component(path.name, _read_json(file, label) if file.is_file() else {}, (), ())
    config = _read_json(path / "config.json", label)
    weights = _weight_files(path, label)
    headers = []
    for file in weights:
        try:
            headers.append(read_header(file))
        except NotFound as error:  # a link, as in the Hugging Face cache, to a file that is gone
            raise CorruptFile(f"{label} lacks {shown(file.name)}.", hint=_AGAIN) from error
        except InvalidInput as error:
            raise type(error)(f"In {label}: {error.message}", hint=error.hint) from error
    return _Component(path.name, config, weights, tuple(headers))


def _weight_files(path: Path, label: str) -> tuple[Path, ...]:
    """The files that diffusers would load from a component: safetensors before pickles, plain before variants."""
    names = sorted(os.listdir(path))
    for suffix in (".safetensors", ".bin"):
        for stem in _STEMS:
            shards = fnmatch.filter(names, f"{stem}{suffix}.index*.json")
            if shards:
                return _shards(path, path / shards[0], label)
            whole = fnmatch.filter(names, f"{stem}{suffix}") or fnmatch.filter(names, f"{stem}.*{suffix}")
            if whole:
                return (path / whole[0],)
    raise CorruptFile(f"{label} has no weights (.safetensors or .bin).", hint=_AGAIN)


def _shards(path: Path, index: Path, label: str) -> tuple[Path, ...]:
    places = _read_json(index, label).get("weight_map")
    if not isinstance(places, dict) or not places:
        raise CorruptFile(f"{label} has an {shown(index.name)} without weight_map.")
    names = {name if isinstance(name, str) else "" for name in places.values()}
    for name in names:
        if not name or Path(name).name != name or "\\" in name:
            raise CorruptFile(f'{label} has an {shown(index.name)} that names the file "{shown(name)}".')
        if not (path / name).is_file():
            raise CorruptFile(f"{label} lacks {shown(name)}.", hint=_AGAIN)
    return tuple(path / name for name in sorted(names))


def _family(pipeline: str, backbone: _Component | None) -> Architecture | None:
    """The family whose class name fits longest, given its context width where families share a class."""
    width = backbone.config.get("cross_attention_dim") if backbone else None
    fitting = [
        (len(prefix), family)
        for family in architectures()
        for prefix in family.signature.pipelines
        if _is_class_of(pipeline, prefix)
        and (not family.signature.width_decides or family.signature.context_width == width)
    ]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def _is_class_of(pipeline: str, prefix: str) -> bool:
    """Whether a class is `<prefix>Pipeline` or one of its variants for the three modes."""
    rest = pipeline.removeprefix(prefix)
    return rest != pipeline and re.fullmatch(r"(Img2Img|Inpaint)?Pipeline(Legacy)?", rest) is not None


def _snake(pipeline: str) -> str:
    name = pipeline.removesuffix("Pipeline")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _width_evidence(backbone: _Component | None) -> tuple[str, ...]:
    width = backbone.config.get("cross_attention_dim") if backbone else None
    return (f"Its cross-attention takes text of width {width:,}.",) if isinstance(width, int) else ()


def _prediction(scheduler: Json) -> tuple[Prediction | None, str | None]:
    class_name, said = scheduler.get("_class_name"), scheduler.get("prediction_type", "epsilon")
    if (isinstance(class_name, str) and "Flow" in class_name) or said in {"flow_prediction", "flow"}:
        return "flow", None
    if said == "v_prediction":
        return "v_prediction", None
    if said == "epsilon":
        return "epsilon", None
    return None, f'Its scheduler predicts "{shown(str(said))}", which cannot be run yet.'


def _modes(pipeline: str, backbone: _Component | None) -> frozenset[Mode]:
    if "Inpaint" in pipeline or (backbone and backbone.config.get("in_channels") == _INPAINT_CHANNELS):
        return frozenset({Mode.INPAINT})
    return frozenset(Mode)


def _dtype(backbone: _Component | None) -> str | None:
    types = [header.main_dtype() for header in backbone.headers] if backbone else []
    return next((name.lower() for name in types if name), None)


def _defaults(
    pipeline: str,
    prediction: Prediction | None,
    family: Architecture | None,
    backbone: _Component | None,
    vae: _Component | None,
) -> Defaults:
    if prediction == "flow":
        cfg = next((value for prefix, value in _FLOW_CFG if pipeline.startswith(prefix)), _FLOW.cfg_scale)
        defaults = _FLOW.model_copy(update={"cfg_scale": cfg})
    else:
        defaults = family.defaults_for(prediction) if family else Defaults()
    sample = backbone.config.get("sample_size") if backbone else None
    sides = sample if isinstance(sample, list) else [sample, sample]
    if len(sides) != 2 or not all(map(_is_side, sides)):  # noqa: PLR2004 - height and width
        return defaults
    height, width = (_side(side * _vae_scale(vae)) for side in sides if _is_side(side))
    return defaults.model_copy(update={"size": Size(width=width, height=height)})


def _is_side(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 < value <= MAX_SIDE


def _side(pixels: int) -> int:
    return max(MIN_SIDE, min(MAX_SIDE, -(-pixels // 8) * 8))


def _vae_scale(vae: _Component | None) -> int:
    config = vae.config if vae else {}
    for key in ("block_out_channels", "encoder_block_out_channels"):
        blocks = config.get(key)
        if isinstance(blocks, list) and 0 < len(blocks) <= 8:  # noqa: PLR2004 - 2**7 is more than any VAE's factor
            return int(2 ** (len(blocks) - 1))
    return _VAE_SCALE


def _override(defaults: Defaults, path: Path) -> Defaults:
    """`defaults` with what the folder's `safelight.json` says instead: {"defaults": {"steps": 30, …}}."""
    file = path / OVERRIDES
    if not file.is_file():
        return defaults
    said = _read_json(file, shown(path.name))
    given = said.get("defaults", {})
    if set(said) - {"defaults"} or not isinstance(given, dict):
        raise InvalidInput(f'{shown(path.name)}: {OVERRIDES} may hold one table only, called "defaults".')
    try:
        return Defaults.model_validate({**defaults.model_dump(), **given})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, ("defaults", *first["loc"])))
        raise InvalidInput(f"{shown(path.name)}: {OVERRIDES} has a bad {shown(place)}: {first['msg']}.") from error


def _read_json(file: Path, label: str) -> Json:
    if not os.path.isfile(file):
        raise CorruptFile(f"{label} lacks {file.name}.", hint=_AGAIN)
    try:
        with file.open("rb") as opened:
            raw = opened.read(_MAX_JSON + 1)
        value = json.loads(raw.decode("utf-8")) if len(raw) <= _MAX_JSON else None
    except (OSError, ValueError, RecursionError) as error:
        raise CorruptFile(f"{label} has a {shown(file.name)} that cannot be read.") from error
    if not isinstance(value, dict):
        raise CorruptFile(f"{label} has a {shown(file.name)} that is not a table.")
    return value
