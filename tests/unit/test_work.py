"""Jobs of lanes as they are done: by the real catalog, store and files, without a server."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from safelight.catalog.index import ModelIndex
from safelight.domain.jobs import JobState
from safelight.domain.work import HashRequest, JobKind
from safelight.jobs.database import MEMORY, open_database
from safelight.jobs.events import EventHub
from safelight.jobs.store import JobStore
from safelight.jobs.work import WorkRun
from safelight.settings import Settings
from tests.unit.catalog.sparse import write_sparse
from tests.unit.catalog.test_catalog_index import LORA, Counted
from tests.unit.test_job_kinds import admit, work_job


@pytest.fixture
async def store() -> AsyncIterator[JobStore]:
    opened = JobStore(await open_database(MEMORY), "me")
    yield opened
    await opened.close()


async def test_many_models_are_hashed_after_one_look_at_the_folders(store: JobStore, tmp_path: Path) -> None:
    settings = Settings(models_dir=tmp_path / "models", cache_dir=tmp_path / "cache")
    names = [f"m{number}" for number in range(6)]
    files = [write_sparse(settings.models_dir / f"{name}.safetensors", LORA) for name in names]
    catalog = Counted(settings.models_dir, tmp_path / "embedded")
    hub = EventHub(store)
    job = await admit(store, work_job("h", JobKind.HASH, request=HashRequest(models=(*names, "m0.safetensors"))))
    run = WorkRun(job, store=store, models=ModelIndex(catalog), hub=hub, tell=hub.tell, settings=settings)
    await run.work()
    done = await store.get("h")
    assert done.state is JobState.COMPLETED
    wanted = {path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    assert {file.name: file.sha256 for file in done.files} == wanted
    assert catalog.looks == 1  # for all the names
