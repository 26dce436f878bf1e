"""How long a catalog of 10,000 files takes to be read: cold, again in the same process, and again in another.

The files are sparse, with headers as published models have them: names and shapes of the libraries' own classes under
the published configurations (`tests/unit/catalog/published`), LoRAs made from them as kohya's trainer names them, and
embeddings. More than half are LoRAs, as in people's folders, of six ranks and three number types. Every file has
metadata of its own, but many have the same tensors, which helps (`safelight.catalog.alike`); with `--different` each
has a tensor that no other has, and that helps nothing.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from math import prod
from pathlib import Path

from safelight.catalog.catalog import Catalog

Shapes = dict[str, list[int]]

_STORE = Path(__file__).parents[1] / "tests" / "unit" / "catalog" / "published" / "shapes.json.xz"
_LINEAR = re.compile(r"(attn\d|ff|proj_in|proj_out|mlp|self_attn).*\.weight$")
_MATRIX = 2

RANKS = (4, 8, 16, 32, 64, 128)
DTYPES = (("F16", 2), ("BF16", 2), ("F32", 4))

MIX: tuple[tuple[str, str, int], ...] = (
    ("Lora", "lora:sd1", 28),
    ("Lora", "lora:sdxl", 28),
    ("embeddings", "embedding", 14),
    ("unet", "sd1", 6),
    ("unet", "sdxl", 7),
    ("diffusion_models", "flux_dev", 3),
    ("vae", "kl_4", 5),
    ("text_encoders", "clip_l", 2),
    ("text_encoders", "t5xxl", 1),
    ("ControlNet", "controlnet_sd1", 4),
    ("ControlNet", "controlnet_sdxl", 2),
)
"""Folder, what its files hold, and how many of a hundred there are."""


def shapes_of(what: str, published: dict[str, Shapes], rank: int) -> Shapes:
    """Names and shapes of one sort of file."""
    if what == "embedding":
        return {"emb_params": [8, 768]}
    if not what.startswith("lora:"):
        return published[what]
    found: Shapes = {}
    for name, shape in published[what.removeprefix("lora:")].items():
        if _LINEAR.search(name) and len(shape) == _MATRIX:
            layer = f"lora_unet_{name.removesuffix('.weight').replace('.', '_')}"
            found |= {
                f"{layer}.alpha": [],
                f"{layer}.lora_down.weight": [rank, shape[1]],
                f"{layer}.lora_up.weight": [shape[0], rank],
            }
    return found


def make(folder: Path, count: int, *, different: bool = False) -> int:
    """Write `count` files; return the bytes of their headers."""
    published: dict[str, Shapes] = json.loads(lzma.decompress(_STORE.read_bytes()))
    total = 0
    for place, what, share in MIX:
        sorts = [
            _table(shapes_of(what, published, rank), dtype, size)
            for rank in (RANKS if what.startswith("lora:") else RANKS[:1])
            for dtype, size in DTYPES
        ]
        (folder / place).mkdir(parents=True, exist_ok=True)
        for number in range(count * share // 100):
            rest, end = sorts[number % len(sorts)]
            name = f"{what.replace(':', '-')}-{number:05}"
            own = f'"own_{number}":{{"dtype":"F32","shape":[1],"data_offsets":[{end},{end + 4}]}},' if different else ""
            raw = f'{{"__metadata__":{{"name":"{name}"}},{own}{rest}'.encode()
            with (folder / place / f"{name}.safetensors").open("wb") as file:
                file.write(len(raw).to_bytes(8, "little") + raw)
                file.truncate(8 + len(raw) + end + 4 * different)
            total += len(raw)
    return total


def _table(shapes: Shapes, dtype: str, size: int) -> tuple[str, int]:
    """A header's table of tensors without its opening brace, and the bytes of data that it describes."""
    table, end = {}, 0
    for name, shape in shapes.items():
        begin, end = end, end + size * prod(shape)
        table[name] = {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}
    return json.dumps(table, separators=(",", ":"))[1:], end


def cpu_seconds() -> float:
    """Processor time of this process and of its children that ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def scans(folder: Path, cache: Path, names: tuple[str, ...]) -> Iterator[tuple[str, int, float, float]]:
    """List the catalog once for each of `names`; yield the name, how many models, wall and processor seconds."""
    catalog = Catalog(folder, folder / "none", cache_dir=cache)
    for name in names:
        before, started = cpu_seconds(), time.perf_counter()
        models = catalog.list()
        yield name, len(models), time.perf_counter() - started, cpu_seconds() - before


def main() -> None:
    """Make the files, read them three times, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--different", action="store_true", help="no two files with the same tensors")
    parser.add_argument("--again", nargs=2, type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.again:
        models, cache = given.again
        for one in scans(models, cache, ("again, in a new process",)):
            print(json.dumps(one))
        return
    home = Path(tempfile.mkdtemp(prefix="catalog-"))
    try:
        header_bytes = make(home / "models", given.files, different=given.different)
        print(f"{given.files:,} files with {header_bytes / 1e6:,.0f} MB of headers, {os.cpu_count()} cores")
        results = list(scans(home / "models", home / "cache", ("cold", "again, in the same process")))
        command = [sys.executable, "-m", "benchmarks.catalog", "--again", str(home / "models"), str(home / "cache")]
        done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
        results.append(json.loads(done.stdout))
        for name, count, wall, cpu in results:
            print(f"{name:<28} {count:>6,} models {wall:7.2f} s ({cpu:.2f} s of processor time)")
        print("targets: cold 10 s, again 1 s")
    finally:
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
