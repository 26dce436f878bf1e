"""The client that waits."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
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


class Client:
    """A connection to a Safelight server. Close it, or use it in a `with` block. Threads may share one.

    Args:
        url: The server's address.
        api_key: A key of that server, where it asks for one.
        timeout: Seconds to wait for an answer.
        patience: Seconds to wait for a server that went away in the middle of something. One that can't be reached to
            begin with is reported at once.
        transport: An httpx2 transport to send requests by, instead of the network.

    Every method raises `SafelightError`s: those that the server answers with, as the type they have there, and
    `Unreachable` when there is no answer.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        api_key: str | None = None,
        *,
        timeout: float = 30.0,
        patience: float = 120.0,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self._connection = Connection(url, api_key, timeout, patience)
        self._http = httpx2.Client(**self._connection.arguments, transport=transport)
        self._met = False

    def generate(
        self,
        prompt: str,
        *,
        init_image: ImageInput | None = None,
        mask: ImageInput | None = None,
        on_progress: OnProgress | None = None,
        on_preview: OnPreview | None = None,
        **fields: Any,
    ) -> Result:
        """Draw and wait, through breaks of the connection and restarts of the server.

        Ctrl-C cancels the job.

        Args:
            prompt: What to draw, in A1111 prompt syntax.
            init_image: Picture to start from.
            mask: White where the picture is to be repainted; of the picture's size.
            on_progress: Called with each `Progress`.
            on_preview: Called with a picture's index and a rough picture, about every `preview_every` steps.
            fields: `model`, `priority` (-100 to 100), `shrink` (when memory runs out: smaller rather than none), and
                those of `GenerationDraft`: width, height, steps, cfg_scale, sampler, scheduler, seed, count, …

        Raises:
            InvalidInput: Something asked for is not possible; the message says what is.
            QueueFull: Too many jobs wait; `retry_after` says how many seconds to wait before asking again.
            Cancelled: Somebody cancelled the job.
            SafelightError: It failed.
        """
        order = Order.of(prompt, init_image=init_image, mask=mask, **fields)
        job = self._submit(order, None)
        try:
            ended = self.wait(job.id, telling(on_progress, on_preview)).completed()
            drawn = zip(ended.artifacts, self.files(ended), strict=True)
            return Result.of(order.request(ended), drawn, job.id)
        except KeyboardInterrupt:
            with contextlib.suppress(SafelightError):
                self.cancel(job.id)
            raise
        except Unreachable as error:
            raise Unreachable(error.message, hint=f"The server goes on with job {job.id} when it is back.") from error

    def submit(
        self,
        prompt: str,
        *,
        init_image: ImageInput | None = None,
        mask: ImageInput | None = None,
        key: str | None = None,
        **fields: Any,
    ) -> JobView:
        """Queue a job and return at once; arguments and errors as of `generate`.

        The request is repeated when its answer was lost, under the same idempotency key, so that there is one job. A
        `key` of your own makes that hold across calls and programs.
        """
        return self._submit(Order.of(prompt, init_image=init_image, mask=mask, **fields), key)

    def wait(self, job: str, on_event: Callable[[Event], None] | None = None) -> JobView:
        """Wait until a job ended, whichever way, and return it. `on_event` is called with all that happens to it."""
        for event in self.events(job):
            if on_event:
                on_event(event)
        return self._persist(calls.job(job))

    def events(self, job: str | None = None, after: int | None = None) -> Iterator[Event]:
        """What happens, as it happens; breaks of the connection are bridged without a loss.

        Args:
            job: Only this job's events, from its first on, until it ended. Without it: every job's, without an end.
            after: Only events with a number above this. Without it and without `job`: those from now on.
        """
        following = Following(job, after, self._patience())
        while not following.ended:
            try:
                if following.claim:
                    following.settle(self._once(calls.job(following.claim.job)))
                else:
                    yield from self._hear(following)
            except Unavailable as error:
                time.sleep(following.lost(error))

    def jobs(self, *, status: Sequence[JobState | str] = (), limit: int = 100, offset: int = 0) -> JobPage:
        """Jobs, newest first: your own, or everyone's with an admin's key. `status` narrows to some states."""
        return self._once(calls.jobs(status, limit, offset))

    def job(self, job: str) -> JobView:
        """A job with its progress."""
        return self._once(calls.job(job))

    def cancel(self, job: str) -> JobView:
        """Cancel a waiting or running job. Raises Conflict when it had ended before."""
        return self._once(calls.cancel(job))

    def retry(self, job: str) -> JobView:
        """Try a failed or cancelled job again, with the same seed."""
        return self._once(calls.retry(job))

    def delete(self, job: str) -> None:
        """Delete an ended job and its pictures. Raises Conflict when it has not ended."""
        self._once(calls.delete(job))

    def images(self, job: str) -> list[Image.Image]:
        """A job's finished pictures, in order."""
        return open_pictures(self.files(self.job(job)))

    def files(self, job: JobView) -> list[bytes]:
        """The files of a job's finished pictures, in order, byte for byte as the server keeps them."""
        return [self.file(job.id, picture.name) for picture in job.images]

    def file(self, job: str, name: str) -> bytes:
        """The file of one finished picture."""
        return self._persist(calls.output(job, name))

    def pull(
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
        return self._persist(calls.pull(DownloadRequest.of(source, sha256=sha256, type=type, name=name)))

    def models(self, *, page: int = 1, limit: int = 1000) -> ModelPage:
        """The models that the server has, by name; `page` from 1."""
        return self._once(calls.models(page, limit))

    def presets(self) -> tuple[NamedPreset, ...]:
        """The server's presets, by name; broken ones with their `problem`. `generate(…, preset=NAME)` takes one."""
        return self._once(calls.presets())

    def add_preset(self, name: str, settings: Preset) -> NamedPreset:
        """Save a new preset. Raises Conflict when there is one of that name."""
        return self._once(calls.add_preset(name, settings))

    def replace_preset(self, name: str, settings: Preset, new_name: str | None = None) -> NamedPreset:
        """Write a preset anew, or under another name. Needs an admin's key where there are keys."""
        return self._once(calls.replace_preset(name, settings, new_name))

    def delete_preset(self, name: str) -> None:
        """Delete a preset. Needs an admin's key where there are keys."""
        self._once(calls.delete_preset(name))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _submit(self, order: Order, key: str | None) -> JobView:
        return self._persist(
            calls.submit(order, key or uuid.uuid4().hex), Patience(self._connection.patience, met=False)
        )

    def _patience(self) -> Patience:
        return Patience(self._connection.patience, met=self._met)

    def _persist(self, call: calls.Call[T], patience: Patience | None = None) -> T:
        """Make a call that may be repeated, until it is answered."""
        patience = patience or self._patience()
        while True:
            try:
                return self._once(call)
            except Unavailable as error:
                time.sleep(patience.lost(error))

    def _once(self, call: calls.Call[T]) -> T:
        with translated(self._connection.url):
            response = self._http.request(**call.arguments)
        self._met = True
        return call.read(response)

    def _hear(self, following: Following) -> Iterator[Event]:
        """Events until the connection breaks, or one says that the job ended."""
        with (
            translated(self._connection.url),
            self._http.sse(calls.EVENTS, timeout=self._connection.listening, **following.arguments) as source,
        ):
            self._met = True
            if not source.response.is_success:
                source.response.read()
                refuse_failure(source.response)
            for sent in source:
                if event := following.heard(sent):
                    yield event
                if following.claim:
                    return
        raise following.broke_off()
