"""The list that a server shows: from memory until something changes, and never stale for long."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from tests.unit.catalog.sparse import companion_file, diffusion_file, write_sparse

from safelight.catalog.catalog import Catalog
from safelight.catalog.index import ModelIndex
from safelight.catalog.watch import Watch
from safelight.domain.errors import NotFound
from safelight.domain.models import ModelInfo, Role

LORA = {"lora_unet_x.lora_up.weight": (1, 1), "lora_unet_x.lora_down.weight": (1, 1)}


class Counted(Catalog):
    """Counts how often folders were looked at."""

    looks = 0

    def list(self) -> list[ModelInfo]:
        self.looks += 1
        return super().list()


@pytest.fixture
def catalog(tmp_path: Path) -> Counted:
    (tmp_path / "models").mkdir()
    return Counted(tmp_path / "models", tmp_path / "embedded")


async def until(seen: object, seconds: float = 10) -> None:
    """Wait until `seen()` is true; there is no event that says that a system's notification came."""
    assert callable(seen)
    end = time.monotonic() + seconds
    while not (await answer if asyncio.iscoroutine(answer := seen()) else answer):
        assert time.monotonic() < end, "it never came true"
        await asyncio.sleep(0.02)


async def test_nothing_is_looked_at_again_until_something_changes(catalog: Counted) -> None:
    write_sparse(catalog.models_dir / "a.safetensors", LORA)
    index = ModelIndex(catalog)
    await index.list()
    await until(lambda: index._watch.covers_all)
    first = await index.list()
    looks = catalog.looks
    for _ in range(20):
        assert await index.list() is first
        assert (await index.resolve("a")).id == "a"
    assert catalog.looks == looks
    write_sparse(catalog.models_dir / "sub" / "b.safetensors", LORA)

    async def both() -> bool:
        return [model.id for model in await index.list()] == ["a", "b"]

    await until(both, seconds=4)  # sooner than without notifications
    (catalog.models_dir / "a.safetensors").unlink()
    with pytest.raises(NotFound):
        await index.resolve("a")


async def test_a_companion_that_comes_is_noticed_by_who_needs_it(catalog: Counted) -> None:
    diffusion_file(catalog.models_dir / "x.safetensors", "chroma")
    index = ModelIndex(catalog)
    model = await index.resolve("x")
    assert {one.role for one in await index.missing(model)} == {Role.VAE, Role.T5XXL}
    await until(lambda: index._watch.covers_all)
    await index.resolve("x")
    companion_file(catalog.models_dir / "t5.safetensors", "t5xxl")
    companion_file(catalog.models_dir / "vae.safetensors", "kl_16")

    async def complete() -> bool:
        return (await index.resolve("x")).problem is None

    await until(complete)


async def test_downloads_that_go_on_disturb_nobody(catalog: Counted) -> None:
    index = ModelIndex(catalog)
    await index.list()
    await until(lambda: index._watch.covers_all)
    await index.list()
    looks, changes = catalog.looks, index._watch.changes
    (catalog.models_dir / "big.safetensors.part").write_bytes(bytes(100))
    (catalog.models_dir / ".big.tmp").write_bytes(bytes(100))
    write_sparse(catalog.models_dir / "told.safetensors", LORA)  # the next change that is told is this one
    await until(lambda: index._watch.changes > changes)
    await index.list()
    assert catalog.looks == looks + 1


async def test_refresh_looks_at_once(catalog: Counted) -> None:
    index = ModelIndex(catalog)
    assert await index.list() == []
    write_sparse(catalog.models_dir / "a.safetensors", LORA)
    index.refresh()
    assert [model.id for model in await index.list()] == ["a"]


async def test_many_who_ask_at_once_are_answered_by_one_look(catalog: Counted) -> None:
    for number in range(20):
        write_sparse(catalog.models_dir / f"{number}.safetensors", LORA)
    index = ModelIndex(catalog)
    listed = await asyncio.gather(*(index.list() for _ in range(20)))
    assert all(models is listed[0] for models in listed) and catalog.looks == 1


async def test_a_server_resolves_names_and_never_paths(catalog: Counted, tmp_path: Path) -> None:
    outside = write_sparse(tmp_path / "outside.safetensors", LORA)
    with pytest.raises(NotFound):
        await ModelIndex(catalog).resolve(str(outside))


def test_folders_that_come_and_go_are_watched_anew(tmp_path: Path) -> None:
    watch = Watch([tmp_path / "late"])
    watch.start()
    try:
        assert watch.covers_all  # there is nothing to notice
        (tmp_path / "late").mkdir()
        assert not watch.covers_all
        end = time.monotonic() + 10
        while not watch.covers_all:
            assert time.monotonic() < end
        changes = watch.changes
        (tmp_path / "late").rename(tmp_path / "gone")
        while watch.changes == changes:
            assert time.monotonic() < end
    finally:
        watch.stop()
    assert not watch.covers_all


def test_a_watch_ends_with_who_made_it(catalog: Counted) -> None:
    index = ModelIndex(catalog)
    watch = index._watch
    watch.start()
    del index
    assert not watch._thread.is_alive()
