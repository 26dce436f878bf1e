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
from safelight.domain.errors import InvalidInput
from safelight.domain.models import ModelInfo
from safelight.domain.request import ImageRef
from safelight.engines.sdcpp.spec import SPEC
from safelight.settings import load_settings
from safelight.workers.pool import WorkerPool
from tests.process.drawing import Watch
from tests.sdcpp_families import COMPANIONS, FAMILIES, write
from tests.sdcpp_models import needs_sdcpp
from tests.unit.catalog.published import originals
from tests.unit.catalog.published.fixtures import W, store
from tests.unit.catalog.published.originals import under

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
        found = {component.path for component in model.components if component.path}
        assert found == {folder / COMPANIONS[part][0] for part in FAMILIES[name].parts}
        first = await family.draw()
        assert first.shape == (HEIGHT, WIDTH, 3)
        assert first.std() > 10
        assert difference(await family.draw(seed=2), first) > 1
        assert difference(await family.draw("two dogs on a bicycle, at night"), first) > 0.1
        if FAMILIES[name].start:
            assert difference(await family.draw(init_image=MASK), first) > 0.1


def sent(picture: ImageRef) -> dict[str, Any]:
    return picture.model_dump(mode="json")


async def test_a_control_net_steers_by_its_strength(folder: Path) -> None:
    shapes = under("control_model.", originals.ldm_controlnet(W, (1, 1, 1, 0), 768, middle=1))
    file = write(folder / "controlnet" / "canny.gguf", shapes)
    async with drawing(folder, "sd1", companions={"control_net": str(file)}) as family:
        plain = await family.draw()
        weak, strong, edges = [
            await family.draw(engine_options={"sdcpp": {"control": {"image": sent(START), **control}}})
            for control in ({"strength": 0.05}, {"strength": 1.0}, {"strength": 1.0, "canny": True})
        ]
    assert difference(strong, plain) > difference(weak, plain) > 0.1
    assert difference(edges, strong) > 0.1


async def test_photo_maker_draws_a_face_and_is_not_left_off_in_silence(folder: Path) -> None:
    vision = {name.replace("pre_layrnorm", "pre_layernorm"): side for name, side in store()["clip_vision_l"].items()}
    shapes = originals.photomaker(vision, second=False)  # as bssrdf/PhotoMaker spells it, not transformers
    file = write(folder / "photomaker" / "photomaker-v1.safetensors", shapes)
    async with drawing(folder, "vega", companions={"photo_maker": str(file)}) as family:
        one, other = [
            await family.draw(
                "a woman img, smiling",
                engine_options={"sdcpp": {"photo_maker": {"images": [sent(face)], "style_strength": 0}}},
            )
            for face in (START, MASK)
        ]
        assert difference(one, other) > 0.1
        with pytest.raises(InvalidInput, match="there is no face to draw"):
            await family.draw("a woman img, smiling")
        with pytest.raises(InvalidInput, match="trigger word"):
            await family.draw(engine_options={"sdcpp": {"photo_maker": {"images": [sent(START)]}}})


@pytest.mark.parametrize("name", ["flux_dev", "qwen_image", "flux2_klein_4b"])
async def test_a_reference_changes_the_picture(folder: Path, name: str) -> None:
    async with drawing(folder, name) as family:
        plain = await family.draw()
        one, other = [
            await family.draw(engine_options={"sdcpp": {"references": {"images": [sent(picture)]}}})
            for picture in (START, MASK)
        ]
    assert difference(one, plain) > 0.1
    assert difference(one, other) > 0.1
