"""What torch puts into a pickle, as facts: storages, tensors, parameters.

Layout of the arguments: `torch._utils._rebuild_*` and `torch.serialization.persistent_id` of torch 1.6 to 2.13.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TypeGuard

from safelight.catalog.headers.forbidden import is_forbidden
from safelight.catalog.headers.header import MAX_DIMENSIONS, MAX_SIDE
from safelight.catalog.headers.pickles import Global, MalformedPickle

_STORAGES = {
    "DoubleStorage": "F64",
    "FloatStorage": "F32",
    "HalfStorage": "F16",
    "BFloat16Storage": "BF16",
    "LongStorage": "I64",
    "IntStorage": "I32",
    "ShortStorage": "I16",
    "CharStorage": "I8",
    "ByteStorage": "U8",
    "BoolStorage": "BOOL",
    "ComplexFloatStorage": "C64",
    "UntypedStorage": "U8",
}
_STORAGE_MODULES = frozenset({"torch", "torch.cuda", "torch.storage"})

_DTYPES = {
    "float64": "F64",
    "float32": "F32",
    "float16": "F16",
    "bfloat16": "BF16",
    "float8_e4m3fn": "F8_E4M3",
    "float8_e5m2": "F8_E5M2",
    "float8_e4m3fnuz": "F8_E4M3FNUZ",
    "float8_e5m2fnuz": "F8_E5M2FNUZ",
    "float8_e8m0fnu": "F8_E8M0",
    "int64": "I64",
    "uint64": "U64",
    "int32": "I32",
    "uint32": "U32",
    "int16": "I16",
    "uint16": "U16",
    "int8": "I8",
    "uint8": "U8",
    "bool": "BOOL",
    "complex64": "C64",
}

_HARMLESS = frozenset(
    {
        "collections.OrderedDict",
        "collections.defaultdict",
        "collections.Counter",
        "torch.Size",
        "torch.device",
        "torch._utils._rebuild_tensor",
        "torch._utils._rebuild_tensor_v2",
        "torch._utils._rebuild_tensor_v3",
        "torch._utils._rebuild_parameter",
        "torch._utils._rebuild_parameter_with_state",
        "torch._tensor._rebuild_from_type_v2",
        "torch.nn.parameter.Parameter",
        "torch.Tensor",
        "torch._tensor.Tensor",
    }
)


@dataclass(frozen=True, slots=True)
class Storage:
    """A run of `count` numbers in the archive's member `data/<key>`."""

    dtype: str
    key: str
    count: int


@dataclass(frozen=True, slots=True)
class Tensor:
    """A view of a storage; `start` and `strides` count elements of `dtype`."""

    storage: Storage
    dtype: str
    start: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class TorchBuilder:
    """Builds tensors from a torch checkpoint's pickle and keeps account of all other names it asks for.

    Attributes:
        forbidden: Names that could do harm where the pickle is really executed.
        unknown: Names that became stubs.
    """

    def __init__(self) -> None:
        self.forbidden: dict[str, None] = {}
        self.unknown: dict[str, None] = {}

    def name(self, name: Global) -> None:
        """Sort `name` into forbidden, unknown or harmless."""
        if is_forbidden(*name):
            self.forbidden[str(name)] = None
        elif not _is_harmless(name):
            self.unknown[str(name)] = None

    def persistent(self, pid: object) -> Storage:
        """The storage that a persistent id names: ("storage", class, key, location, count)."""
        if not isinstance(pid, tuple) or len(pid) < 5 or pid[0] != "storage":  # noqa: PLR2004 - as in the docstring
            raise MalformedPickle("has a damaged pickle (a persistent id that names no storage)")
        _, kind, key, _, count = pid[:5]
        if not isinstance(kind, Global):
            raise MalformedPickle("has a damaged pickle (a storage without class)")
        dtype = _storage_dtype(kind)
        if dtype is None:
            raise MalformedPickle(f"has tensors of type {kind}, which is not known here")
        if not isinstance(key, str) or not _is_natural(count):
            raise MalformedPickle("has a damaged pickle (a storage without key or size)")
        return Storage(dtype=dtype, key=key, count=count)

    def construct(self, name: Global, args: tuple[object, ...]) -> object:
        """The tensor or shape that a call of `name` gives; `NotImplemented` for every other name."""
        match name.name if name.module in {"torch", "torch._utils", "torch._tensor"} else "", args:
            case "_rebuild_tensor" | "_rebuild_tensor_v2", (storage, start, shape, strides, *_):
                return _tensor(storage, None, start, shape, strides)
            case "_rebuild_tensor_v3", (storage, start, shape, strides, _, _, dtype, *_):
                return _tensor(storage, dtype, start, shape, strides)
            case "_rebuild_parameter" | "_rebuild_parameter_with_state", (Tensor() as data, *_):
                return data
            case "_rebuild_from_type_v2", (Global() as inner, _, tuple() as inner_args, *_):
                if str(inner) != str(name):
                    return self.construct(inner, inner_args)
            case "Size", (list() | tuple() as sides,):
                return tuple(sides[: MAX_DIMENSIONS + 1])
        return NotImplemented


def row_major(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Strides, in elements, of a tensor that is stored row by row."""
    return tuple(prod(shape[axis + 1 :]) for axis in range(len(shape)))


def _is_harmless(name: Global) -> bool:
    if name.module in {"builtins", "__builtin__"} or (name.module == "torch" and name.name in _DTYPES):
        return True
    return str(name) in _HARMLESS or _storage_dtype(name) is not None


def _storage_dtype(name: Global) -> str | None:
    return _STORAGES.get(name.name) if name.module in _STORAGE_MODULES else None


def _tensor(storage: object, dtype: object, start: object, shape: object, strides: object) -> Tensor:
    if not isinstance(storage, Storage):
        raise MalformedPickle("has a damaged pickle (a tensor without storage)")
    stored = storage.dtype
    if dtype is not None:
        if not isinstance(dtype, Global) or dtype.module != "torch" or dtype.name not in _DTYPES:
            raise MalformedPickle("has tensors of a number type that is not known here")
        stored = _DTYPES[dtype.name]
    sides, steps = _naturals(shape), _naturals(strides)
    if sides is None or steps is None or len(sides) != len(steps) or not _is_natural(start):
        raise MalformedPickle("has a damaged pickle (a tensor without a proper shape)")
    return Tensor(storage=storage, dtype=stored, start=start, shape=sides, strides=steps)


def _naturals(value: object) -> tuple[int, ...] | None:
    if not isinstance(value, list | tuple) or len(value) > MAX_DIMENSIONS:
        return None
    return tuple(value) if all(map(_is_natural, value)) else None


def _is_natural(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value <= MAX_SIDE
