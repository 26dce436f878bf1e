"""Every family that sdcpp's spec claims, from files in a folder to pictures, by the catalog and a worker."""

from __future__ import annotations

import io
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from safelight.catalog.catalog import open_catalog
from safelight.domain.draft import GenerationDraft, resolve
from safelight.domain.models import ModelInfo
from safelight.domain.request import ImageRef
from safelight.engines.sdcpp.spec import SPEC
from safelight.settings import load_settings
from safelight.workers.pool import WorkerPool
from tests.process.drawing import Watch
from tests.sdcpp_families import COMPANIONS, FAMILIES, write
from tests.sdcpp_models import needs_sdcpp

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800), needs_sdcpp]

WIDTH, HEIGHT = 96, 64
Pixels = NDArray[np.uint8]


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.resize((WIDTH, HEIGHT)).save(buffer, "PNG")
    return buffer.getvalue()


RAMP, DISC = _png(Image.linear_gradient("L").convert("RGB")), _png(Image.radial_gradient("L"))
FILES = {sha256(data).hexdigest(): data for data in (RAMP, DISC)}
START, MASK = (ImageRef(sha256=name) for name in FILES)
STARTS: dict[str, dict[str, Any]] = {
    "": {},
    "i2i": {"init_image": START, "strength": 1.0},
    "inpaint": {"init_image": START, "mask": MASK, "strength": 1.0},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where models are; companions stay for the families that share them, up to 6 GB."""
    models = tmp_path_factory.mktemp("models")
    yield models
    shutil.rmtree(models)


class Drawing:
    """A family's model with a pool of workers."""

    def __init__(self, pool: WorkerPool, model: ModelInfo, given: dict[str, Any]) -> None:
        self._pool, self.model, self._given = pool, model, given

    async def draw(self, prompt: str = "a cat", **options: Any) -> Pixels:
        given: dict[str, Any] = {"width": WIDTH, "height": HEIGHT, "steps": 2, "seed": 1, "cfg_scale": 1.0}
        draft = GenerationDraft(prompt=prompt, **given | self._given | options)
        sides = {"init_size": (WIDTH, HEIGHT) if draft.init_image else None}
        sides |= {"mask_size": (WIDTH, HEIGHT) if draft.mask else None}
        request = resolve(draft, self.model, SPEC.samplers_for(self.model), **sides)
        watch = Watch()
        await self._pool.run(request, self.model, {name: FILES[name] for name in request.inputs}, watch.listener)
        [(_, data)] = watch.pictures
        return np.asarray(Image.open(io.BytesIO(data)))


@asynccontextmanager
async def drawing(folder: Path, name: str, **load: Any) -> AsyncIterator[Drawing]:
    """Write the files of a family and find them by the catalog; its own file goes again."""
    family = FAMILIES[name]
    for part in family.parts:
        file, shapes = COMPANIONS[part]
        if not (folder / file).exists():
            write(folder / file, shapes())
    own = write(folder / "diffusion_models" / f"{name}.gguf", family.shapes())
    settings = load_settings(models_dir=folder, engine="sdcpp", engine_options={"sdcpp": load} if load else {})
    pool = WorkerPool(settings)
    try:
        model = open_catalog(settings).resolve(name)
        yield Drawing(pool, model, STARTS[family.start] | family.options)
    finally:
        await pool.close()
        own.unlink()


def difference(one: Pixels, other: Pixels) -> float:
    return float(np.abs(one.astype(float) - other).mean())


def test_every_family_of_the_spec_is_among_these() -> None:
    assert {family.architecture for family in FAMILIES.values()} == SPEC.architectures


@pytest.mark.parametrize("name", FAMILIES)
async def test_a_family_is_found_and_draws(folder: Path, name: str) -> None:
    async with drawing(folder, name) as family:
        model = family.model
        assert (model.architecture, model.problem) == (FAMILIES[name].architecture, None)
        found = {component.path for component in model.components}
        assert found == {folder / COMPANIONS[part][0] for part in FAMILIES[name].parts}
        first = await family.draw()
        assert first.shape == (HEIGHT, WIDTH, 3)
        assert first.std() > 10
        assert difference(await family.draw(seed=2), first) > 1
        assert difference(await family.draw("two dogs on a bicycle, at night"), first) > 0.1
