"""Everything one can do with jobs: admit, look, wait, cancel, retry, reorder, delete. Dialects call this."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from safelight.catalog.catalog import open_catalog
from safelight.catalog.index import ModelIndex
from safelight.domain.errors import Conflict, Forbidden, InvalidInput, NotFound, Unavailable
from safelight.domain.jobs import Disconnect, EventType, Job, JobEvent, WorkRequest
from safelight.domain.work import JobKind, fingerprint
from safelight.images.store import DiskImageStore, ImageStore, MemoryImageStore
from safelight.jobs.attempt import Attempt, now, to_its_end
from safelight.jobs.database import MEMORY, open_database, sqlite_url
from safelight.jobs.dispatcher import Dispatcher
from safelight.jobs.events import EventHub
from safelight.jobs.lanes import JobLane
from safelight.jobs.orders import Order, check_repeated, complete
from safelight.jobs.pictures import PictureRef
from safelight.jobs.presets import Presets
from safelight.jobs.retention import Retention
from safelight.jobs.run import JobRun
from safelight.jobs.store import JobStore
from safelight.jobs.work import WorkRun, dispose
from safelight.settings import Settings
from safelight.workers.pool import WorkerPool

log = logging.getLogger(__name__)

_MAX_KEY = 200
_AT_ONCE = 500  # jobs that are read or changed between two breaths of the event loop


class JobService:
    """A running queue. Made by `open_jobs`."""

    def __init__(self, settings: Settings, store: JobStore, images: ImageStore, pool: WorkerPool) -> None:
        self.settings, self.store, self.images, self.pool = settings, store, images, pool
        self.models = ModelIndex(open_catalog(settings))
        self.presets = Presets(settings.models_dir, settings.more_models_dirs, private=settings.private)
        self.hub = EventHub(store)
        self.dispatcher = Dispatcher(
            store,
            self._run_of,
            is_loaded=pool.is_loaded,
            tell=self._tell,
            running_here=self._running_here,
            max_attempts=settings.max_attempts,
        )
        widths = {JobKind.DOWNLOAD: settings.downloads_at_once, JobKind.HASH: 1, JobKind.CONVERT: 1}
        self.lanes = {kind: JobLane(kind, width, store, self._work_of) for kind, width in widths.items()}
        self.stopping = self.stopped = False
        self._admitting, self._beginning = asyncio.Lock(), asyncio.Lock()
        self.retention = Retention(settings, store, images, self._admitting)
        self._last_position = 0.0
        self._finishing: dict[str, float] = {}
        self._waiters: dict[str, tuple[asyncio.Event, int]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Take up what was left, and begin."""
        await self.images.tidy()
        self._last_position = await self.store.last_position()
        await self.dispatcher.recover()
        going_on = (self.dispatcher.run(), self.retention.run(), *(lane.run() for lane in self.lanes.values()))
        self._tasks = [asyncio.create_task(one) for one in going_on]

    @property
    def works(self) -> bool:
        """Whether everything that `start` began still goes on."""
        return not any(task.done() for task in self._tasks)

    async def stop(self) -> None:
        """Admit nothing more, finish or requeue the running job, end the workers. Idempotent."""
        if self.stopping:
            return
        self.stopping = True
        await asyncio.gather(
            self.dispatcher.stop(self.settings.stop_seconds), *(lane.stop() for lane in self.lanes.values())
        )
        self.stopped = True
        self.hub.close()
        for event, _ in self._waiters.values():
            event.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.pool.close()

    async def submit(self, order: Order, owner: str = "") -> Job:
        """Admit an order; it is durable when this returns.

        Returns:
            The new job, or the one that the owner admitted under the same idempotency key before.

        Raises:
            NotFound, InvalidInput: It can't be drawn as it stands.
            QueueFull: As many jobs wait as are admitted.
            Unavailable: The server is stopping.
            Conflict: The key was used for another request.
        """
        return await to_its_end(self._submit(order, owner))

    async def _submit(self, order: Order, owner: str) -> Job:
        if order.key is not None:
            if not 0 < len(order.key) <= _MAX_KEY:
                raise InvalidInput(f"An idempotency key has 1 to {_MAX_KEY} characters.")
            if known := await self.store.by_key(owner, order.key):
                await check_repeated(order, known, self.models, self.settings)
                return known
        if self.stopping:
            raise Unavailable("The server is stopping.", hint="Try again in a moment.")
        request = await complete(order, self.models, self.settings)
        async with self._admitting:
            if request.inputs:
                # Before pictures are written for nothing.
                await self.store.refuse_when_full(JobKind.GENERATE, self.settings.queue_limit)
            for sha256 in request.inputs:
                await self.images.keep_input(sha256, order.files[sha256])
            created = now()
            job = Job(
                id=uuid.uuid4().hex,
                owner=owner,
                priority=order.priority,
                position=self._next_position(created.timestamp()),
                disconnect=order.disconnect,
                shrink=order.shrink,
                request=request,
                created=created,
            )
            change = job.admitted()
            event = await self.store.admit(
                change, key=order.key, fingerprint=order.fingerprint, limit=self.settings.queue_limit
            )
        if event is None:  # the same key, a moment earlier
            known = await self.store.by_key(owner, order.key or "")
            if known is None:
                raise Conflict("A job with this idempotency key was deleted just now.")
            await check_repeated(order, known, self.models, self.settings)
            return known
        self._tell(event)
        return change[0]

    async def begin(self, request: WorkRequest, owner: str = "", *, priority: int = 0) -> Job:
        """Admit work that draws nothing, into the lane of its kind; it is durable when this returns.

        Raises:
            QueueFull: As many jobs of its kind wait as are admitted.
            Unavailable: The server is stopping.
        """
        return await to_its_end(self._begin(request, owner, priority))

    async def _begin(self, request: WorkRequest, owner: str, priority: int) -> Job:
        if self.stopping:
            raise Unavailable("The server is stopping.", hint="Try again in a moment.")
        async with self._admitting:
            created = now()
            position = self._next_position(created.timestamp())
            job = Job(
                id=uuid.uuid4().hex, owner=owner, priority=priority, position=position, request=request, created=created
            )
            change = job.admitted()
            event = await self.store.admit(change, fingerprint=fingerprint(request), limit=self.settings.queue_limit)
        if event:
            self._tell(event)
        return change[0]

    async def begin_once(self, request: WorkRequest, owner: str = "") -> Job:
        """The job of this owner that does exactly this and has not ended; else a new one, as `begin`."""
        async with self._beginning:
            under_way = await self.store.open_like(fingerprint(request))
            same = next((job for job in under_way if job.owner == owner), None)
            return same or await self.begin(request, owner)

    async def get(self, job: str, owner: str | None = None) -> Job:
        """A job; `owner` None sees everyone's. Raises NotFound, also for jobs of others."""
        found = await self.store.get(job)
        if owner is not None and found.owner != owner:
            raise NotFound(f"There is no job {job[:80]!r}.")
        return found

    async def wait(self, job: str) -> Job:
        """Wait until a job ended, and return it.

        Raises:
            NotFound: It was deleted meanwhile.
            Unavailable: The server stops before; the job is kept.
        """
        event, others = self._waiters.get(job, (asyncio.Event(), 0))
        self._waiters[job] = (event, others + 1)
        try:
            while True:
                event.clear()
                if (found := await self.store.get(job)).state.is_terminal:
                    return found
                if self.stopped:
                    raise Unavailable(
                        f"The server stopped before job {job} ended.",
                        hint="The job is kept, unless the server is private, and goes on when it starts again.",
                    )
                with contextlib.suppress(TimeoutError):  # another server on the same database may end it
                    async with asyncio.timeout(5):
                        await event.wait()
        finally:
            event, others = self._waiters[job]
            self._waiters[job] = (event, others - 1)
            if others == 1:
                del self._waiters[job]

    async def left(self, job: Job) -> None:
        """The client that waited for a job went away: cancel it if it asked for that and nobody else waits."""
        if job.disconnect is Disconnect.CANCEL and job.id not in self._waiters:
            with contextlib.suppress(Conflict, NotFound):
                await self.cancel(job.id, reason="The client went away.")

    async def cancel(self, job: str, *, owner: str | None = None, reason: str = "It was asked for.") -> Job:
        """Cancel a waiting or running job; return it, cancelled.

        Raises:
            Conflict: It ended before.
            NotFound: There is no such job.
        """
        return await to_its_end(self._cancel(job, owner, reason))

    async def _cancel(self, job: str, owner: str | None, reason: str) -> Job:
        for _ in range(3):
            found = await self.get(job, owner)
            running = self._attempt_at(job)
            try:
                if running and not running.job.state.is_terminal:
                    await running.cancel(reason)
                    return running.job
                change = found.cancelled(now(), reason)
                self._tell(await self.store.change(change))
                await dispose(change[0], self.store, self.settings)
                return change[0]
            except Conflict:
                if (await self.get(job, owner)).state.is_terminal:
                    raise
        raise Conflict(f"Job {job} changes too quickly to be cancelled.", hint="Try again.")

    async def clear(self, owner: str | None = None) -> int:
        """Cancel every waiting job that draws; return how many."""
        return await to_its_end(self._clear(owner))

    async def _clear(self, owner: str | None) -> int:
        cleared = 0
        while waiting := await self.store.queued(owner, limit=_AT_ONCE):
            changes = [job.cancelled(now(), "The queue was cleared.") for job in waiting]
            for event in await self.store.change_all(changes):
                if event:
                    self._tell(event)
                    cleared += 1
        return cleared

    async def retry(self, job: str, owner: str | None = None) -> Job:
        """Let a failed or cancelled job wait again, at the end of the queue. Raises Conflict, NotFound, QueueFull."""
        return await to_its_end(self._retry(job, owner))

    async def _retry(self, job: str, owner: str | None) -> Job:
        found = await self.get(job, owner)
        async with self._admitting:
            await self.store.refuse_when_full(found.kind, self.settings.queue_limit)
            change = found.retried(now(), self._next_position(now().timestamp()))
            event = await self.store.change(change)
        self._tell(event)
        return change[0]

    async def move(
        self, job: str, *, priority: int | None = None, place: int | None = None, owner: str | None = None
    ) -> Job:
        """Give a queued job another priority, or another place (from 0) among those of its kind and priority.

        Raises:
            Conflict: It is not queued.
            Forbidden: It would pass jobs that others than `owner` asked for before.
        """
        found = await self.get(job, owner)
        wanted = found.priority if priority is None else priority
        position = found.position
        if place is not None:
            queue = [one for one in await self.store.line(found.kind, wanted) if one.id != job]
            if owner is not None and any(one.owner != owner and one.position < position for one in queue[place:]):
                raise Forbidden("Only an admin may move a job before those of others.")
            others = [one.position for one in queue]
            before, after = others[:place][-1:], others[place:][:1]
            if before and after:
                position = (before[0] + after[0]) / 2
                if not before[0] < position < after[0]:  # after many moves there is no number left between them
                    await self.store.respace(queue)
                    return await self.move(job, priority=priority, place=place, owner=owner)
            elif after:
                running = self.dispatcher.running  # stays before it, should a restart queue it again
                floor = running.job.position if running else -math.inf
                position = (floor + after[0]) / 2 if after[0] - 1 < floor < after[0] else after[0] - 1
            elif before:
                position = math.nextafter(before[0], math.inf)
        return await self.store.reorder(found, priority=wanted, position=position)

    async def delete(self, job: str, owner: str | None = None) -> None:
        """Forget an ended job and its pictures. Raises Conflict when it has not ended, NotFound."""
        found = await self.get(job, owner)
        if not found.state.is_terminal:
            raise Conflict(f"Job {job} is {found.state.value}.", hint="Cancel it first.")
        await self.retention.forget([found])

    async def delete_picture(self, picture: PictureRef, owner: str | None = None) -> None:
        """Delete one picture of an ended job; the last one with its job. Raises Conflict, NotFound."""
        await self.retention.forget_picture(await self.get(picture.job_id, owner), picture.index)

    def _next_position(self, moment: float) -> float:
        self._last_position = max(moment, math.nextafter(self._last_position, math.inf))
        return self._last_position

    def _run_of(self, job: Job) -> JobRun:
        return JobRun(
            job,
            store=self.store,
            images=self.images,
            models=self.models,
            pool=self.pool,
            hub=self.hub,
            tell=self._tell,
            settings=self.settings,
            finishing=self._finishing,
        )

    def _work_of(self, job: Job) -> WorkRun:
        return WorkRun(job, store=self.store, models=self.models, hub=self.hub, tell=self._tell, settings=self.settings)

    def _running_here(self) -> list[str]:
        drawing = self.dispatcher.running
        return [*([drawing.job.id] if drawing else []), *(job for lane in self.lanes.values() for job in lane.running)]

    def _attempt_at(self, job: str) -> Attempt | None:
        """What is running of a job here."""
        drawing = self.dispatcher.running
        if drawing and drawing.job.id == job:
            return drawing
        return next((lane.running[job] for lane in self.lanes.values() if job in lane.running), None)

    def _tell(self, event: JobEvent) -> None:
        self.hub.tell(event)
        if event.type is EventType.QUEUED:
            lane = self.lanes.get(event.kind)
            (lane or self.dispatcher).wake()
        if event.state.is_terminal and (waiter := self._waiters.get(event.job)):
            waiter[0].set()


@asynccontextmanager
async def open_jobs(settings: Settings) -> AsyncIterator[JobService]:
    """Open store, images and workers as the settings say, start, and stop in good order.

    Raises:
        StorageFailed: The database or the data folder can't be used.
    """
    on_disk = settings.database or sqlite_url(settings.data_dir / "jobs.sqlite3")
    images: ImageStore = MemoryImageStore() if settings.private else DiskImageStore(settings.data_dir)
    database = await open_database(MEMORY if settings.private else on_disk)
    store = JobStore(database, uuid.uuid4().hex, shared=not database.local)
    try:
        service = JobService(settings, store, images, WorkerPool(settings))
        await service.start()
        try:
            yield service
        finally:
            await service.stop()
    finally:
        await store.close()
