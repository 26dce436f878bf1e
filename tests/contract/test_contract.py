"""What every engine must do, run on every engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from safelight.domain.draft import GenerationDraft, resolve
from safelight.domain.errors import Cancelled
from safelight.domain.events import Phase
from safelight.domain.models import ModelInfo
from safelight.domain.plans import DType, MemoryMode, Plan
from safelight.domain.request import ImageRef
from safelight.engines.contract import Picture, Pipeline
from tests.contract.engines import MARKS, SUBJECTS, Subject
from tests.sinks import Recorder

PICTURE, MASK = "a" * 64, "b" * 64


@pytest.fixture(scope="module", params=[pytest.param(name, marks=MARKS.get(name, ())) for name in SUBJECTS])
def subject(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Subject:
    from safelight.domain.models import Defaults, ModelFormat, ModelKind
    from safelight.domain.request import Size

    folder = tmp_path_factory.mktemp("contract")
    scripted = ModelInfo(
        id="scripted",
        path=folder / "scripted.safetensors",
        kind=ModelKind.CHECKPOINT,
        format=ModelFormat.SAFETENSORS,
        architecture="scripted",
        bytes=0,
        defaults=Defaults(size=Size(width=64, height=64), sampler="euler", scheduler="discrete"),
    )
    return SUBJECTS[request.param](folder, scripted)


@pytest.fixture(scope="module")
def pipeline(subject: Subject) -> Iterator[Pipeline]:
    plan = Plan(engine=subject.spec.name, device="cpu", dtype=DType.FLOAT32)
    loaded = subject.engine.load(subject.model, plan, Recorder())
    yield loaded
    loaded.close()


def draw(
    subject: Subject, pipeline: Pipeline, sink: Recorder | None = None, *, cancel_after: int = 10**6, **given: Any
) -> list[Picture]:
    options = {"width": 64, "height": 64, "steps": 3, "seed": 5, "sampler": "euler", "scheduler": "discrete"} | given
    draft = GenerationDraft(prompt="a (cat:1.2)", **options)
    request = resolve(draft, subject.model, subject.spec.samplers_for(subject.model))
    sink = sink or Recorder()
    images = {PICTURE: Image.linear_gradient("L").resize((64, 64)).convert("RGB"), MASK: half_mask()}
    return list(pipeline.run(request, images, sink, lambda: len(sink.steps()) >= cancel_after))


def half_mask() -> Image.Image:
    mask = Image.new("L", (64, 64), 0)
    mask.paste(255, (32, 0, 64, 64))
    return mask


def test_there_is_a_device_and_it_computes_something(subject: Subject) -> None:
    devices = subject.engine.devices()
    assert devices
    assert all(device.dtypes and device.memory for device in devices)
    assert subject.engine.version


def test_a_picture_has_the_size_asked_for(subject: Subject, pipeline: Pipeline) -> None:
    [picture] = draw(subject, pipeline, width=72, height=64)
    assert picture.pixels.shape == (64, 72, 3)
    assert picture.pixels.dtype == np.uint8


def test_the_same_seed_gives_the_same_bits(subject: Subject, pipeline: Pipeline) -> None:
    first, again, other = (draw(subject, pipeline, seed=seed)[0].pixels for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_picture_i_of_a_count_has_the_bits_of_its_seed_alone(subject: Subject, pipeline: Pipeline) -> None:
    several = draw(subject, pipeline, count=3, seed=5)
    assert [(p.index, p.seed) for p in several] == [(0, 5), (1, 6), (2, 7)]
    for picture in several:
        np.testing.assert_array_equal(picture.pixels, draw(subject, pipeline, seed=picture.seed)[0].pixels)


def test_a_batch_draws_the_same_pictures_to_within_40_db(subject: Subject, pipeline: Pipeline) -> None:
    several = draw(subject, pipeline, count=3, batch_size=2)
    assert [p.seed for p in several] == [5, 6, 7]
    for picture in several:
        alone = draw(subject, pipeline, seed=picture.seed)[0].pixels
        error = np.mean((picture.pixels.astype(float) - alone) ** 2)
        assert error == 0 or 10 * np.log10(255**2 / error) >= 40


def test_progress_counts_every_step_of_every_picture(subject: Subject, pipeline: Pipeline) -> None:
    sink = Recorder()
    draw(subject, pipeline, sink, count=2, steps=3)
    assert sink.steps() == [(0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (1, 3)]
    assert all(p.steps == 3 and p.count == 2 for p in sink.progressed if p.phase is Phase.DENOISING)


def test_previews_come_when_asked_for(subject: Subject, pipeline: Pipeline) -> None:
    sink = Recorder()
    draw(subject, pipeline, sink)
    assert not sink.previews
    if subject.model.architecture in ("sdxl", "sd1", "scripted"):
        draw(subject, pipeline, sink, preview_every=1)
        assert len(sink.previews) >= 2
        assert all(pixels.ndim == 3 and pixels.dtype == np.uint8 for _, pixels in sink.previews)


def test_cancelling_stops_at_the_next_step_and_leaves_the_pipeline_usable(subject: Subject, pipeline: Pipeline) -> None:
    if not subject.spec.cancels:
        pytest.skip("This engine draws to the end; its worker is ended instead: see tests/slow/test_sdcpp.py.")
    before = draw(subject, pipeline)[0].pixels
    sink = Recorder()
    with pytest.raises(Cancelled):
        draw(subject, pipeline, sink, cancel_after=2, steps=50)
    assert len(sink.steps()) <= 3
    np.testing.assert_array_equal(draw(subject, pipeline)[0].pixels, before)


def test_image_to_image_starts_from_the_picture(subject: Subject, pipeline: Pipeline) -> None:
    start = ImageRef(sha256=PICTURE)
    [drawn] = draw(subject, pipeline, init_image=start, strength=0.7)
    [again] = draw(subject, pipeline, init_image=start, strength=0.7)
    assert drawn.pixels.shape == (64, 64, 3)
    np.testing.assert_array_equal(drawn.pixels, again.pixels)
    assert not np.array_equal(drawn.pixels, draw(subject, pipeline)[0].pixels)


def test_inpainting_changes_nothing_outside_the_mask(subject: Subject, pipeline: Pipeline) -> None:
    [drawn] = draw(subject, pipeline, init_image=ImageRef(sha256=PICTURE), mask=ImageRef(sha256=MASK), strength=1.0)
    original = np.asarray(Image.linear_gradient("L").resize((64, 64)).convert("RGB"))
    np.testing.assert_array_equal(drawn.pixels[:, :32], original[:, :32])
    assert not np.array_equal(drawn.pixels[:, 32:], original[:, 32:])


@pytest.mark.parametrize("mode", [MemoryMode.TILED, MemoryMode.OFFLOADED])
def test_memory_modes_draw_the_same_picture_to_within_40_db(
    subject: Subject, pipeline: Pipeline, mode: MemoryMode
) -> None:
    plan = Plan(engine=subject.spec.name, device="cpu", dtype=DType.FLOAT32, memory_mode=mode)
    careful = subject.engine.load(subject.model, plan, Recorder())
    error = np.mean((draw(subject, careful)[0].pixels.astype(float) - draw(subject, pipeline)[0].pixels) ** 2)
    careful.close()
    assert error == 0 or 10 * np.log10(255**2 / error) >= 40
