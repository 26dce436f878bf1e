"""What is said of the time a picture takes, and where that comes from."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from safelight.domain.draft import GenerationDraft, resolve
from safelight.domain.models import ModelInfo
from safelight.domain.plans import Device, DType, MemoryMode, Plan
from safelight.engines.diffusers.spec import SPEC as DIFFUSERS
from safelight.engines.sdcpp.spec import SPEC as SDCPP
from safelight.settings import Settings
from safelight.workers import speed
from safelight.workers.fit import Work, estimates
from safelight.workers.remembered import Place, PlacementMemory
from safelight.workers.speed import Product, SpeedMemory, fastest_first, operations_of, timed
from safelight.workers.starting import Starter
from safelight.workers.supervision import Counters
from safelight.workers.wire import Hello
from tests.unit.test_fit import model

CPU = Device(id="cpu", name="CPU", memory=10**11, dtypes=(DType.BFLOAT16, DType.FLOAT32))
CARD = Device(id="cuda:0", name="A card", memory=10**11, dtypes=(DType.FLOAT16,))


def said(
    memory: SpeedMemory, found: ModelInfo, device: Device = CPU, dtype: DType = DType.BFLOAT16
) -> tuple[float | None, str]:
    plan = Plan(engine="diffusers", device=device.id, dtype=dtype, memory_mode=MemoryMode.FULL)
    [one] = timed(estimates(found, [plan], [device]), found, "1", [device], memory)
    return one.seconds, one.reason


@pytest.mark.parametrize(("architecture", "side", "teraflops"), [("sd1", 512, 1.4), ("sdxl", 1024, 12.0)])
def test_operations_are_those_that_the_published_networks_do(architecture: str, side: int, teraflops: float) -> None:
    one, two = (operations_of(model(architecture), Work(width=side, height=side), steps) for steps in (1, 2))
    assert (two - one) / 1e12 == pytest.approx(teraflops, rel=0.25)
    assert operations_of(model(parts=()), Work(width=64, height=64), 1) == 0


def test_a_guess_is_called_so_until_something_was_drawn(tmp_path: Path) -> None:
    memory = SpeedMemory(tmp_path)
    seconds, reason = said(memory, model())
    assert seconds and "guessed: nothing was drawn so yet." in reason
    assert (said(memory, model(), dtype=DType.FLOAT32)[0] or 0) > seconds
    assert said(memory, model(), CARD, DType.FLOAT16)[0] is None
    memory.drew(Place.of("diffusers", "1", CPU, "sdxl"), DType.BFLOAT16, 1e15, 100)
    assert "by what other models took here" in said(memory, model())[1]
    memory.drew(Place.of("diffusers", "1", CPU, "sd1"), DType.BFLOAT16, 1e12, 100)
    slower, reason = said(memory, model())
    assert slower and slower > seconds and "by what it took here before" in reason
    assert said(SpeedMemory(tmp_path), model())[0] == slower


def test_of_very_many_places_those_drawn_at_last_are_kept(tmp_path: Path) -> None:
    memory = SpeedMemory(tmp_path)
    places = [Place.of("diffusers", str(version), CPU, "sd1") for version in range(210)]
    for place in (*places, places[0]):
        memory.drew(place, DType.BFLOAT16, 1e12, 1)
    kept = SpeedMemory(tmp_path)
    assert sum(kept.measured(place, DType.BFLOAT16)[1] for place in places) == 200
    assert kept.measured(places[0], DType.BFLOAT16)[1] and not kept.measured(places[1], DType.BFLOAT16)[1]


def test_a_small_drawing_tells_nothing_of_other_families_and_changes_no_larger_one_s_speed(tmp_path: Path) -> None:
    memory, place = SpeedMemory(tmp_path), Place.of("diffusers", "1", CPU, "sd1")
    memory.drew(place, DType.BFLOAT16, 0.2e12, 2)
    assert memory.measured(place, DType.BFLOAT16) == (0.1e12, True)
    assert "guessed" in said(memory, model("sdxl"))[1]
    memory.drew(place, DType.BFLOAT16, 10e12, 10)
    memory.drew(place, DType.BFLOAT16, 0.2e12, 2)
    assert SpeedMemory(tmp_path).measured(place, DType.BFLOAT16) == (1e12, True)
    assert "by what other models took here" in said(memory, model("sdxl"))[1]


@pytest.mark.parametrize("cores", [1, 8, 64])
def test_engines_change_places_only_when_each_drew_this_very_family(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cores: int
) -> None:
    monkeypatch.setattr(speed, "usable_cores", lambda: cores)
    memory, engines = SpeedMemory(tmp_path), (DIFFUSERS, SDCPP)
    memory.drew(Place.of("diffusers", "1", CPU, "stable_diffusion"), DType.BFLOAT16, 0.02e12, 0.2)
    assert fastest_first(engines, "sd1", memory) == engines
    memory.drew(Place.of("diffusers", "1", CPU, "sd1"), DType.BFLOAT16, 1e12, 10)
    memory.drew(Place.of("sdcpp", "1", CPU, "sdxl"), DType.FLOAT16, 10e12, 10)
    assert fastest_first(engines, "sd1", memory) == engines
    memory.drew(Place.of("sdcpp", "1", CPU, "sd1"), DType.FLOAT16, 2e12, 10)
    assert fastest_first(engines, "sd1", memory) == (SDCPP, DIFFUSERS)
    unknown = DIFFUSERS.model_copy(update={"name": "other", "cpu_share": {}})
    assert fastest_first((unknown, DIFFUSERS), "sd1", memory) == (unknown, DIFFUSERS)


def test_a_new_version_or_another_device_begins_anew(tmp_path: Path) -> None:
    memory = SpeedMemory(tmp_path)
    memory.drew(Place.of("diffusers", "0", CPU, "sd1"), DType.BFLOAT16, 1e12, 1)
    memory.drew(Place.of("diffusers", "1", CARD, "sd1"), DType.BFLOAT16, 1e12, 1)
    assert "guessed" in said(memory, model())[1]


def test_a_damaged_file_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "speeds.json").write_text("{")
    memory, place = SpeedMemory(tmp_path), Place.of("diffusers", "1", CPU, "sd1")
    assert memory.measured(place, DType.BFLOAT16) == (None, False)
    memory.drew(place, DType.BFLOAT16, 10, 2)
    memory.drew(place, DType.BFLOAT16, 0, 2)
    assert SpeedMemory(tmp_path).measured(place, DType.BFLOAT16) == (5, True)


def test_a_measured_matrix_product_tells_how_fast_an_engine_may_be(tmp_path: Path) -> None:
    memory, product = SpeedMemory(tmp_path), {"machine": platform.node(), "device": "cpu"}
    before = memory.assumed(DIFFUSERS, DType.BFLOAT16)
    memory.multiplied([Product(**product, dtype=DType.BFLOAT16, operations=1e15)])
    memory.multiplied([Product(**product, dtype=DType.FLOAT32, operations=1e13)])
    again = SpeedMemory(tmp_path)
    assert before and again.assumed(DIFFUSERS, DType.BFLOAT16) == DIFFUSERS.cpu_share[DType.BFLOAT16] * 1e15
    assert again.assumed(SDCPP, DType.FLOAT16) == SDCPP.cpu_share[DType.FLOAT16] * 1e13, "computed as f32"


def test_number_types_come_in_the_order_of_what_they_took_here(tmp_path: Path) -> None:
    memory, place = SpeedMemory(tmp_path), Place.of("diffusers", "1", CPU, "sd1")
    memory.drew(place, DType.FLOAT32, 1e12, 2)
    assert memory.ranked(place, CPU.dtypes) == CPU.dtypes, "bf16 was not tried"
    memory.drew(place, DType.BFLOAT16, 1e12, 4)
    assert memory.ranked(place, CPU.dtypes) == (DType.FLOAT32, DType.BFLOAT16)


def test_what_another_process_measures_is_seen_and_kept(tmp_path: Path) -> None:
    server, command, place = SpeedMemory(tmp_path), SpeedMemory(tmp_path), Place.of("diffusers", "1", CPU, "sd1")
    server.drew(place, DType.FLOAT32, 1e12, 2)
    command.multiplied([Product(machine=platform.node(), device="cpu", dtype=DType.FLOAT32, operations=1e13)])
    server.drew(place, DType.BFLOAT16, 1e12, 4)
    assert server.assumed(DIFFUSERS, DType.FLOAT32) == DIFFUSERS.cpu_share[DType.FLOAT32] * 1e13
    assert command.ranked(place, CPU.dtypes) == (DType.FLOAT32, DType.BFLOAT16)


def test_drawings_with_shortcuts_tell_no_speed(tmp_path: Path) -> None:
    starter = Starter(Settings(cache_dir=tmp_path), PlacementMemory(tmp_path), Counters())
    starter._hellos["diffusers"] = Hello(engine="diffusers", engine_version="1", devices=(CPU,))
    whole = resolve(GenerationDraft(prompt="a cat", seed=1), model(), DIFFUSERS.samplers_for(model()))
    shortened = whole.model_copy(update={"engine_options": {"diffusers": {"easy_cache": 0.1}}})
    plan, place = Plan(engine="diffusers", device="cpu", dtype=DType.BFLOAT16), Place.of("diffusers", "1", CPU, "sd1")
    starter.drew(plan, model(), shortened, 1)
    assert SpeedMemory(tmp_path).measured(place, DType.BFLOAT16) == (None, False)
    starter.drew(plan, model(), whole, 10)
    assert SpeedMemory(tmp_path).measured(place, DType.BFLOAT16)[1]
