"""The devices that this build of ggml computes on, and the choice of one.

stable-diffusion.cpp takes the first GPU that is registered with ggml, or else the CPU (`sd_get_default_backend` in its
`util.cpp`). So another one is chosen by leaving only that one registered.
"""

from __future__ import annotations

import ctypes
from typing import Any

import psutil

from safelight.domain.errors import InvalidInput
from safelight.domain.plans import Device, DType
from safelight.engines.sdcpp.library import Library

_CPU, _GPU, _INTEGRATED, _HELPER = range(4)
"""`enum ggml_backend_dev_type`."""

_POINTER, _TEXT, _COUNT = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t
_FUNCTIONS: dict[str, tuple[list[Any], Any]] = {
    "ggml_backend_load_all": ([], None),
    "ggml_backend_dev_count": ([], _COUNT),
    "ggml_backend_dev_get": ([_COUNT], _POINTER),
    "ggml_backend_dev_name": ([_POINTER], _TEXT),
    "ggml_backend_dev_description": ([_POINTER], _TEXT),
    "ggml_backend_dev_memory": ([_POINTER, ctypes.POINTER(_COUNT), ctypes.POINTER(_COUNT)], None),
    "ggml_backend_dev_type": ([_POINTER], ctypes.c_int),
    "ggml_backend_dev_backend_reg": ([_POINTER], _POINTER),
    "ggml_backend_unload": ([_POINTER], None),
    "ggml_backend_device_register": ([_POINTER], None),
}


class Backends:
    """ggml's devices, by the names that plans use: `cpu`, `cuda:0`, `vulkan:1`, `metal`, `sycl:0`."""

    def __init__(self, library: Library) -> None:
        self._ggml = {}
        for name, (arguments, result) in _FUNCTIONS.items():
            function = getattr(library.shared, name)
            function.argtypes, function.restype = arguments, result
            self._ggml[name] = function

    def devices(self) -> list[Device]:
        """What there is, GPUs first; the CPU is always the last."""
        found = [pointer for pointer in self._all() if self._kind(pointer) in (_GPU, _INTEGRATED)]
        found += [pointer for pointer in self._all() if self._kind(pointer) == _CPU]
        return [self._device(pointer) for pointer in found]

    def choose(self, device: str) -> None:
        """Make the library compute on `device` from now on; must come before the first model is loaded.

        Raises:
            InvalidInput: There is no such device.
        """
        everyone = self._all()
        wanted = [pointer for pointer in everyone if self._name(pointer) == device]
        if not wanted:
            raise InvalidInput(f"This build of stable-diffusion.cpp has no device {device!r}.")
        others = {
            self._ggml["ggml_backend_dev_backend_reg"](pointer)
            for pointer in everyone
            if self._kind(pointer) in (_GPU, _INTEGRATED)
        }
        for registry in others:
            self._ggml["ggml_backend_unload"](registry)
        if self._kind(wanted[0]) != _CPU:
            self._ggml["ggml_backend_device_register"](wanted[0])

    def _all(self) -> list[Any]:
        count = self._ggml["ggml_backend_dev_count"]()
        return [self._ggml["ggml_backend_dev_get"](index) for index in range(count)]

    def _kind(self, pointer: Any) -> int:
        return int(self._ggml["ggml_backend_dev_type"](pointer))

    def _name(self, pointer: Any) -> str:
        """`CUDA0` → `cuda:0`, `Metal` → `metal`."""
        name = self._ggml["ggml_backend_dev_name"](pointer).decode().lower()
        letters = name.rstrip("0123456789")
        return f"{letters}:{name[len(letters) :]}" if letters != name else name

    def _device(self, pointer: Any) -> Device:
        free, total = _COUNT(), _COUNT()
        self._ggml["ggml_backend_dev_memory"](pointer, ctypes.byref(free), ctypes.byref(total))
        on_cpu = self._kind(pointer) == _CPU
        return Device(
            id=self._name(pointer),
            name=self._ggml["ggml_backend_dev_description"](pointer).decode().strip(),
            memory=psutil.virtual_memory().total if on_cpu else total.value,
            dtypes=(DType.FLOAT16, DType.FLOAT32),
        )
