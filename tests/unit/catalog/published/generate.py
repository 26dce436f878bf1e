"""Writes `shapes.json.xz`: the tensors that the libraries' own classes have under the published configurations.

Run it after a change in `configs.py`: `python -m tests.unit.catalog.published.generate`. Nothing gets memory: the
classes are built on torch's meta device.
"""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

from tests.unit.catalog.published.configs import ALL, Config

STORE = Path(__file__).with_name("shapes.json.xz")


def module(config: Config) -> Any:
    """The class that `config` names, built without memory."""
    import diffusers
    import torch
    import transformers

    name, arguments = config
    with torch.device("meta"):
        kind = getattr(diffusers, name, None)
        if kind is not None:
            return kind(**arguments)
        kind = getattr(transformers, name)
        return kind(kind.config_class(**arguments))


def shapes(config: Config) -> dict[str, list[int]]:
    """Names and shapes of the module that `config` describes."""
    return {name: list(tensor.shape) for name, tensor in module(config).state_dict().items()}


def main() -> None:
    """Write the store."""
    table = {name: shapes(config) for name, config in ALL.items()}
    STORE.write_bytes(lzma.compress(json.dumps(table, separators=(",", ":")).encode(), preset=9))
    print(f"{len(table)} modules, {STORE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
