"""The parent's handle of one worker process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from safelight.domain.errors import SafelightError, WorkerDied, WorkerHung
from safelight.domain.events import Artifact, Progress
from safelight.domain.models import ModelInfo
from safelight.domain.plans import Plan
from safelight.domain.request import GenerationRequest
from safelight.settings import Settings
from safelight.workers import wire
from safelight.workers.handover import spawn_with_socket

_Frame = tuple[wire.Message, list[bytes]]
_LOG_LINES = 40
_END_SECONDS = 2.0
_LOG_SECONDS = 0.2


@dataclass
class Listener:
    """What to call while a worker is busy."""

    progress: Callable[[Progress], None] = field(default=lambda progress: None)
    preview: Callable[[int, bytes], None] = field(default=lambda picture, jpeg: None)
    picture: Callable[[Artifact, bytes], None] = field(default=lambda artifact, data: None)


class WorkerProcess:
    """A spawned worker. Made by `start`; every call raises WorkerDied when the process ends under it."""

    hello: wire.Hello

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        settings: Settings,
    ) -> None:
        self._process, self._settings = process, settings
        self._reader, self._writer = streams
        self._last_lines: deque[str] = deque(maxlen=_LOG_LINES)
        self._frames: asyncio.Queue[_Frame | None] = asyncio.Queue()
        self._tasks = [asyncio.create_task(self._keep_log()), asyncio.create_task(self._pump())]

    @classmethod
    async def start(cls, engine: str, settings: Settings) -> WorkerProcess:
        """Spawn a worker and wait until it has imported its engine.

        Raises:
            WorkerDied: It ended first.
            WorkerHung: It took longer than `settings.worker_start_seconds`.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            environment = os.environ | {"PYTHONUNBUFFERED": "1", "HF_HUB_OFFLINE": "1"}
            command = (sys.executable, "-m", "safelight.workers.host", engine, str(settings.threads))
            process = await spawn_with_socket(theirs, *command, env=environment)
        worker = cls(process, await asyncio.open_connection(sock=ours), settings)
        try:
            async with asyncio.timeout(settings.worker_start_seconds):
                hello, _ = await worker._receive()
        except TimeoutError as error:
            await worker.close()
            raise WorkerHung(
                f"The {engine} worker did not start within {settings.worker_start_seconds:g} s."
            ) from error
        except BaseException:
            await worker.close()
            raise
        if not isinstance(hello, wire.Hello) or hello.version != wire.VERSION:
            await worker.close()
            raise WorkerDied(f"The {engine} worker speaks another protocol version.", hint="Reinstall Safelight.")
        worker.hello = hello
        return worker

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.returncode is None

    async def load(self, model: ModelInfo, plan: Plan, listener: Listener) -> float:
        """Load a model; return the seconds it took."""
        await self._send(wire.Load(model=model, plan=plan))
        while True:
            message, _ = await self._receive()
            if isinstance(message, wire.Loaded):
                return message.seconds
            self._pass_on(message, [], listener)

    async def run(
        self,
        job: str,
        request: GenerationRequest,
        model: ModelInfo,
        images: Mapping[str, bytes],
        listener: Listener,
    ) -> float:
        """Draw; pictures go to `listener.picture` as they are finished. Return the seconds it took.

        When this call is cancelled, or the listener raises, the worker is free again before the call ends.
        """
        order = wire.Run(
            job=job,
            request=request,
            model=model,
            images=tuple(images),
            max_image_bytes=self._settings.max_image_bytes,
            max_image_pixels=self._settings.max_image_pixels,
        )
        ended = False
        try:
            await self._send(order, list(images.values()))
            while True:
                message, attachments = await self._receive()
                if getattr(message, "job", job) != job:
                    continue
                if isinstance(message, wire.Done | wire.Failed):
                    ended = True
                if isinstance(message, wire.Done):
                    return message.seconds
                self._pass_on(message, attachments, listener)
        finally:
            if not ended and self.alive:
                await self._stop(job)

    async def _stop(self, job: str) -> None:
        """Ask it to stop, wait a moment, and end the process if it does not answer."""
        try:
            async with asyncio.timeout(_END_SECONDS):
                await self._send(wire.Cancel(job=job))
                while not isinstance((await self._receive())[0], wire.Done | wire.Failed):
                    pass
        except (TimeoutError, WorkerDied):
            await self.close()

    async def close(self) -> None:
        """End the process: closing the socket is enough, killing is for one that does not hear. Idempotent."""
        self._writer.close()
        try:
            async with asyncio.timeout(_END_SECONDS):
                await self._process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        # Whoever inherited the worker's output from it may keep the pipe open: what it still says does not matter.
        _, unfinished = await asyncio.wait(self._tasks, timeout=_LOG_SECONDS)
        for task in unfinished:
            task.cancel()
        cast(Any, self._process)._transport.close()  # asyncio has no public way to close an inherited pipe

    def _pass_on(self, message: wire.Message, attachments: list[bytes], listener: Listener) -> None:
        match message:
            case wire.Reported():
                listener.progress(message.progress)
            case wire.Previewed():
                listener.preview(message.picture, attachments[0])
            case wire.Drawn():
                listener.picture(message.artifact, attachments[0])
            case wire.Failed():
                raise message.error()
            case _:
                raise SafelightError(f"The worker sent an unexpected {message.type!r} message.")

    async def _send(self, message: wire.Message, attachments: Sequence[bytes] = ()) -> None:
        try:
            self._writer.write(wire.pack(message, attachments))
            for attachment in attachments:
                self._writer.write(attachment)
                await self._writer.drain()
        except OSError:
            raise await self._death() from None

    async def _receive(self) -> _Frame:
        limit = self._settings.worker_silence_seconds
        try:
            async with asyncio.timeout(limit):
                frame = await self._frames.get()
        except TimeoutError:
            self._process.kill()
            await self.close()
            raise WorkerHung(
                f"The worker process reported nothing for {limit:g} s and was ended.",
                hint="If this machine is that slow, raise SAFELIGHT_WORKER_SILENCE_SECONDS.",
            ) from None
        if frame is None:
            self._frames.put_nowait(None)
            raise await self._death()
        return frame

    async def _pump(self) -> None:
        """Read whole frames, so that a cancelled caller never leaves half of one behind; None marks the end."""
        try:
            while True:
                length, count = wire.unpack_head(await self._reader.readexactly(wire.HEAD_BYTES))
                lengths = wire.unpack_lengths(await self._reader.readexactly(4 * count))
                message = wire.unpack_body(await self._reader.readexactly(length))
                attachments = [await self._reader.readexactly(size) for size in lengths]
                self._frames.put_nowait((message, attachments))
        except (asyncio.IncompleteReadError, OSError):
            pass
        except ValueError as error:  # another version of the program, or memory gone bad
            self._last_lines.append(f"It sent a message that can't be read: {str(error).splitlines()[0]}")
            self._process.kill()
        finally:
            self._frames.put_nowait(None)

    async def _death(self) -> WorkerDied:
        """What is known of the end of the process, as an error to raise."""
        await self.close()
        code = self._process.returncode or 0
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        last = next((line for line in reversed(self._last_lines) if line.strip()), "")
        return WorkerDied(f"The worker process {how}." + (f" Its last words: {last}" if last and code else ""))

    async def _keep_log(self) -> None:
        """Drain the worker's output so that it never blocks; keep the last lines."""
        assert self._process.stdout is not None  # noqa: S101 - a pipe was asked for
        rest = b""
        while block := await self._process.stdout.read(65536):
            *lines, rest = (rest + block).split(b"\n")
            rest = rest[-4096:]
            self._last_lines.extend(line[-4096:].decode(errors="replace") for line in lines)
        self._last_lines.append(rest.decode(errors="replace"))
