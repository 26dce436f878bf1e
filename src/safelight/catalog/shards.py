"""Models in several safetensors files beside an index, as `save_pretrained` writes large ones, read as one.

Format: `model.safetensors.index.json` with `weight_map` from tensor name to file name
(https://huggingface.co/docs/transformers/big_models, "Sharded checkpoints").
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from safelight.catalog.headers import Header, read_header
from safelight.catalog.headers.files import open_model
from safelight.catalog.headers.header import MAX_TENSORS, TensorInfo, shown
from safelight.domain.errors import CorruptFile, NotFound
from safelight.domain.models import ModelFormat

SHARD_INDEX = re.compile(r"(?P<stem>.+)\.safetensors\.index(\.\w+)?\.json", re.IGNORECASE)
_MAX_INDEX = 64_000_000
_MAX_SHARDS = 1000
_AGAIN = "Download the missing files into the same folder."


def is_shard_index(path: Path) -> bool:
    """Whether a file's name is that of an index of shards."""
    return SHARD_INDEX.fullmatch(path.name) is not None


def shard_files(index: Path) -> tuple[Path, ...]:
    """The files that an index names, which lie beside it, in order of their names.

    Raises:
        NotFound, InvalidInput, CorruptFile: The index can't be read, or names what is no file beside it.
    """
    return tuple(index.parent / name for name in sorted(set(_weight_map(index).values())))


def read_shards(index: Path) -> Header:
    """All shards' tensors in one header; offsets are those in each shard.

    Raises:
        CorruptFile: A shard is missing or broken, or does not hold what the index says.
        NotFound, InvalidInput, UnsupportedModel: As `read_header`.
    """
    name = shown(index.name)
    places = _weight_map(index)
    tensors: dict[str, TensorInfo] = {}
    metadata: dict[str, str] = {}
    size = 0
    for file in shard_files(index):
        try:
            header = read_header(file)
        except NotFound:
            raise CorruptFile(f"{name} names {shown(file.name)}, which is missing.", hint=_AGAIN) from None
        size += header.size
        metadata |= header.metadata
        tensors |= {key: tensor for key, tensor in header.tensors.items() if places.get(key) == file.name}
    lost = next((key for key in places if key not in tensors), None)
    if lost is not None:
        raise CorruptFile(f'{name} promises a tensor "{shown(lost)}" that is not in {shown(places[lost])}.')
    return Header(format=ModelFormat.SAFETENSORS, tensors=tensors, metadata=metadata, size=size)


def _weight_map(index: Path) -> dict[str, str]:
    name = shown(index.name)
    with open_model(index) as (file, size):
        if size > _MAX_INDEX:
            raise CorruptFile(f"{name} has {size:,} bytes; {_MAX_INDEX:,} is the most there can be.")
        raw = file.read(_MAX_INDEX)
    try:
        table = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        raise CorruptFile(f"{name} is not valid JSON.") from None
    places = table.get("weight_map") if isinstance(table, dict) else None
    if not isinstance(places, dict) or not places or len(places) > MAX_TENSORS:
        raise CorruptFile(f"{name} has no weight_map.")
    for file_name in set(map(str, places.values())):
        if Path(file_name).name != file_name or "\\" in file_name or not file_name.endswith(".safetensors"):
            raise CorruptFile(f'{name} names the file "{shown(file_name)}".')
    if len(set(places.values())) > _MAX_SHARDS:
        raise CorruptFile(f"{name} names more than {_MAX_SHARDS:,} files.")
    return {str(key): str(value) for key, value in places.items()}
