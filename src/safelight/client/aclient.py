"""The client for asyncio."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncGenerator, Callable, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx2
from PIL import Image

from safelight.client import calls
from safelight.client.connection import DEFAULT_URL, Connection
from safelight.client.events import Event, Following, OnPreview, OnProgress, Patience, telling
from safelight.client.orders import Order
from safelight.client.problems import refuse_failure, translated
from safelight.client.views import JobPage, JobView, ModelPage
from safelight.domain.errors import SafelightError, Unavailable, Unreachable
from safelight.domain.jobs import JobState
from safelight.domain.preset import NamedPreset, Preset
from safelight.domain.work import DownloadRequest
from safelight.images.inputs import ImageInput
from safelight.images.result import Result, open_pictures

T = TypeVar("T")

_FAREWELL_SECONDS = 5.0


class AsyncClient:
    """A connection to a Safelight server, for asyncio. Close it, or use it in an `async with` block.

    Arguments, results and errors are those of `Client`, where they are described.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        api_key: str | None = None,
        *,
        timeout: float = 30.0,
        patience: float = 120.0,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._connection = Connection(url, api_key, timeout, patience)
        self._http = httpx2.AsyncClient(**self._connection.arguments, transport=transport)
        self._met = False

    async def generate(
        self,
        prompt: str,
        *,
        init_image: ImageInput | None = None,
        mask: ImageInput | None = None,
        on_progress: OnProgress | None = None,
        on_preview: OnPreview | None = None,
        **fields: Any,
    ) -> Result:
        """Draw and wait; as of `Client.generate`. Cancelling the task cancels the job. Callbacks are not awaited."""
        order = Order.of(prompt, init_image=init_image, mask=mask, **fields)
        job = await self._submit(order, None)
        try:
            ended = (await self.wait(job.id, telling(on_progress, on_preview))).completed()
            drawn = zip(ended.artifacts, await self.files(ended), strict=True)
            return Result.of(order.request(ended), drawn, job.id)
        except asyncio.CancelledError:
            with contextlib.suppress(SafelightError, TimeoutError):
                async with asyncio.timeout(_FAREWELL_SECONDS):
                    await self.cancel(job.id)
            raise
        except Unreachable as error:
            raise Unreachable(error.message, hint=f"The server goes on with job {job.id} when it is back.") from error

    async def submit(
        self,
        prompt: str,
        *,
        init_image: ImageInput | None = None,
        mask: ImageInput | None = None,
        key: str | None = None,
        **fields: Any,
    ) -> JobView:
        """Queue a job and return at once; as of `Client.submit`."""
        return await self._submit(Order.of(prompt, init_image=init_image, mask=mask, **fields), key)

    async def wait(self, job: str, on_event: Callable[[Event], None] | None = None) -> JobView:
        """Wait until a job ended, whichever way, and return it. `on_event` is called with all that happens to it."""
        async with contextlib.aclosing(self.events(job)) as events:
            async for event in events:
                if on_event:
                    on_event(event)
        return await self._persist(calls.job(job))

    async def events(self, job: str | None = None, after: int | None = None) -> AsyncGenerator[Event, None]:
        """What happens, as it happens; as of `Client.events`."""
        following = Following(job, after, self._patience())
        while not following.ended:
            try:
                if following.claim:
                    following.settle(await self._once(calls.job(following.claim.job)))
                else:
                    async with contextlib.aclosing(self._hear(following)) as heard:
                        async for event in heard:
                            yield event
            except Unavailable as error:
                await asyncio.sleep(following.lost(error))

    async def jobs(self, *, status: Sequence[JobState | str] = (), limit: int = 100, offset: int = 0) -> JobPage:
        """Jobs, newest first: your own, or everyone's with an admin's key. `status` narrows to some states."""
        return await self._once(calls.jobs(status, limit, offset))

    async def job(self, job: str) -> JobView:
        """A job with its progress."""
        return await self._once(calls.job(job))

    async def cancel(self, job: str) -> JobView:
        """Cancel a waiting or running job. Raises Conflict when it had ended before."""
        return await self._once(calls.cancel(job))

    async def retry(self, job: str) -> JobView:
        """Try a failed or cancelled job again, with the same seed."""
        return await self._once(calls.retry(job))

    async def delete(self, job: str) -> None:
        """Delete an ended job and its pictures. Raises Conflict when it has not ended."""
        await self._once(calls.delete(job))

    async def images(self, job: str) -> list[Image.Image]:
        """A job's finished pictures, in order."""
        return open_pictures(await self.files(await self.job(job)))

    async def files(self, job: JobView) -> list[bytes]:
        """The files of a job's finished pictures, in order, byte for byte as the server keeps them."""
        return [await self.file(job.id, picture.name) for picture in job.images]

    async def file(self, job: str, name: str) -> bytes:
        """The file of one finished picture."""
        return await self._persist(calls.output(job, name))

    async def pull(
        self, source: str, *, sha256: str | None = None, type: str | None = None, name: str | None = None
    ) -> JobView:
        """Download a model to the server; returns at once (`wait` for it). Needs an admin's key where there are keys.

        Args:
            source: `hf:org/repo[/file][@revision]`, `civitai:MODEL[@VERSION]`, `https://…`, or `missing:NAME` for what
                model NAME lacks.
            sha256: What the file must have.
            type: What it is, where its header does not say: lora, vae, …
            name: What to call the file there.
        """
        return await self._persist(calls.pull(DownloadRequest.of(source, sha256=sha256, type=type, name=name)))

    async def models(self, *, page: int = 1, limit: int = 1000) -> ModelPage:
        """The models that the server has, by name; `page` from 1."""
        return await self._once(calls.models(page, limit))

    async def presets(self) -> tuple[NamedPreset, ...]:
        """The server's presets, by name; broken ones with their `problem`. `generate(…, preset=NAME)` takes one."""
        return await self._once(calls.presets())

    async def add_preset(self, name: str, settings: Preset) -> NamedPreset:
        """Save a new preset. Raises Conflict when there is one of that name."""
        return await self._once(calls.add_preset(name, settings))

    async def replace_preset(self, name: str, settings: Preset, new_name: str | None = None) -> NamedPreset:
        """Write a preset anew, or under another name. Needs an admin's key where there are keys."""
        return await self._once(calls.replace_preset(name, settings, new_name))

    async def delete_preset(self, name: str) -> None:
        """Delete a preset. Needs an admin's key where there are keys."""
        await self._once(calls.delete_preset(name))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _submit(self, order: Order, key: str | None) -> JobView:
        return await self._persist(
            calls.submit(order, key or uuid.uuid4().hex), Patience(self._connection.patience, met=False)
        )

    def _patience(self) -> Patience:
        return Patience(self._connection.patience, met=self._met)

    async def _persist(self, call: calls.Call[T], patience: Patience | None = None) -> T:
        """Make a call that may be repeated, until it is answered."""
        patience = patience or self._patience()
        while True:
            try:
                return await self._once(call)
            except Unavailable as error:
                await asyncio.sleep(patience.lost(error))

    async def _once(self, call: calls.Call[T]) -> T:
        with translated(self._connection.url):
            response = await self._http.request(**call.arguments)
        self._met = True
        return call.read(response)

    async def _hear(self, following: Following) -> AsyncGenerator[Event, None]:
        """Events until the connection breaks, or one says that the job ended."""
        times = self._connection.listening
        with translated(self._connection.url):
            async with self._http.sse(calls.EVENTS, timeout=times, **following.arguments) as source:
                self._met = True
                if not source.response.is_success:
                    await source.response.aread()
                    refuse_failure(source.response)
                async for sent in source:
                    if event := following.heard(sent):
                        yield event
                    if following.claim:
                        return
        raise following.broke_off()
