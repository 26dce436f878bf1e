"""Foreign exceptions → ours, at the engine's edge."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from safetensors import SafetensorError

from safelight.domain.errors import CorruptFile, DeviceLost, EngineFailure, InvalidInput, OutOfMemory, SafelightError

_LOST = ("device lost", "device-side assert", "illegal memory access", "unspecified launch failure", "cuda error")


_NO_MEMORY = ("out of memory", "can't allocate memory", "bad_alloc", "failed to allocate")


def ran_out_of_memory(error: Exception) -> bool:
    """Whether that is what a library's exception says."""
    return any(sign in str(error).lower() for sign in _NO_MEMORY)


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Run a block of foreign calls; what they raise comes out as an error of ours, chained.

    Args:
        doing: What the block does, for the message: `loading sd15`.
    """
    try:
        yield
    except SafelightError:
        raise
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise OutOfMemory(
            f"Memory ran out while {doing}.", hint="Try a smaller size, or --memory-mode tiled or offloaded."
        ) from error
    except SafetensorError as error:
        raise CorruptFile(f"A weights file is damaged ({error}); seen while {doing}.") from error
    except RuntimeError as error:
        if ran_out_of_memory(error):
            raise OutOfMemory(
                f"Memory ran out while {doing}.", hint="Try a smaller size, or --memory-mode tiled or offloaded."
            ) from error
        if isinstance(error, torch.AcceleratorError) or any(sign in str(error).lower() for sign in _LOST):
            raise DeviceLost(f"The device failed while {doing}: {_line(error)}") from error
        raise EngineFailure(f"PyTorch failed while {doing}: {_line(error)}") from error
    except ValueError as error:
        raise InvalidInput(f"diffusers refused while {doing}: {_line(error)}") from error
    except (OSError, TypeError, AttributeError, ImportError, ArithmeticError, LookupError, AssertionError) as error:
        raise EngineFailure(f"{type(error).__name__} while {doing}: {_line(error)}") from error


def _line(error: Exception) -> str:
    text = str(error).strip()
    first = text.splitlines()[0] if text else type(error).__name__
    return first if first.endswith(".") else first + "."
