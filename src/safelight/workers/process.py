"""The parent's handle of one worker process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import socket
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from safelight.domain.conversion import Conversion
from safelight.domain.errors import SafelightError, WorkerDied, WorkerHung
from safelight.domain.events import Artifact, Fallback, Progress
from safelight.domain.models import ModelInfo
from safelight.domain.plans import Device, DType, Plan, Toolkit
from safelight.domain.request import GenerationRequest
from safelight.engines.options import load_options
from safelight.engines.spec import registered_specs
from safelight.settings import Settings
from safelight.workers import wire
from safelight.workers.handover import spawn_with_socket
from safelight.workers.spent import Spent, StepClock
from safelight.workers.supervision import Pace, ended_by

OUTPUT = "safelight.workers.output"
"""The logger of what workers print; it is for whoever asks for it, as libraries quote prompts."""

_output = logging.getLogger(OUTPUT)
_output.addHandler(logging.NullHandler())
_output.propagate = False
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_Answer = TypeVar("_Answer", wire.Measured, wire.Told)
_Frame = tuple[wire.Message, list[bytes]]
_LOG_LINES, _LAST_WORDS, _LINE_CHARACTERS = 40, 3, 300
_DRAIN_SECONDS, _END_SECONDS = 1.0, 1.0
"""How long a cancelled job may take to stop, and an idle worker to end, before the process is killed: a cancel is over
within 2 s, the system's own clearing up included."""

_LOG_SECONDS = 0.2

_POLITE = {"OMP_WAIT_POLICY": "PASSIVE"}
"""OpenMP threads that wait sleep. Spinning, they keep the core from the one they wait for as soon as anything else
runs: a picture of `doodle` beside a busy process took 102 s instead of 1 s. A user's own setting goes first."""


@dataclass
class Listener:
    """What to call while a worker is busy.

    Attributes:
        progress: How far it is.
        preview: A picture's index and a rough JPEG of it.
        picture: A finished picture: described, and its file.
        loaded: The model is ready, by this plan; drawing begins. Called again after every fallback or replaced worker.
        fallback: A plan failed and another is taken.
    """

    progress: Callable[[Progress], None] = field(default=lambda progress: None)
    preview: Callable[[int, bytes], None] = field(default=lambda picture, jpeg: None)
    picture: Callable[[Artifact, bytes], None] = field(default=lambda artifact, data: None)
    loaded: Callable[[Plan], None] = field(default=lambda plan: None)
    fallback: Callable[[Fallback], None] = field(default=lambda fallback: None)


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
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    async def start(cls, engine: str, settings: Settings) -> WorkerProcess:
        """Spawn a worker and wait until it has imported its engine.

        Raises:
            WorkerDied: It ended first.
            WorkerHung: It took longer than `settings.worker_start_seconds`.
        """
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                environment = _POLITE | os.environ | {"PYTHONUNBUFFERED": "1", "HF_HUB_OFFLINE": "1"}
                command = (sys.executable, "-m", "safelight.workers.host", engine, str(settings.threads))
                process = await spawn_with_socket(theirs, *command, env=environment)
        except BaseException:
            ours.close()
            raise
        # A worker that still imports its engine does not hear a closed socket: it is killed.
        worker = cls(process, await asyncio.open_connection(sock=ours), settings)
        try:
            async with asyncio.timeout(settings.worker_start_seconds):
                hello, _ = await worker._receive(settings.worker_start_seconds + 1)
        except TimeoutError as error:
            await worker.close(kill=True)
            raise WorkerHung(
                f"The {engine} worker did not start within {settings.worker_start_seconds:g} s."
            ) from error
        except BaseException:
            await worker.close(kill=True)
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

    async def ended(self) -> int:
        """Wait until the process has ended, for whatever reason; return its exit code."""
        return await self._process.wait()

    async def load(self, model: ModelInfo, plan: Plan, listener: Listener) -> float:
        """Load a model; return the seconds it took. When this call is cancelled, the process is killed."""
        options = load_options(plan.engine, self._settings)
        try:
            await self._send(wire.Load(model=model, plan=plan, options=options))
            while True:
                message, _ = await self._receive(self._settings.worker_silence_seconds)
                if isinstance(message, wire.Loaded):
                    return message.seconds
                self._pass_on(message, [], listener)
        except asyncio.CancelledError:
            await self.close(kill=True)
            raise

    async def run(
        self,
        job: str,
        request: GenerationRequest,
        model: ModelInfo,
        images: Mapping[str, bytes],
        listener: Listener,
    ) -> Spent:
        """Draw; pictures go to `listener.picture` as they are finished. Return what it took.

        When this call is cancelled, or the listener raises, the worker is free again, or ended, before the call ends.
        What counts as hanging is said in `supervision.Pace`.
        """
        order = wire.Run(
            job=job,
            request=request,
            model=model,
            images=tuple(images),
            max_image_bytes=self._settings.max_image_bytes,
            max_image_pixels=self._settings.max_image_pixels,
        )
        ended, pace, clock = False, Pace(self._settings), StepClock()
        try:
            await self._send(order, list(images.values()))
            while True:
                message, attachments = await self._receive(pace.limit)
                if getattr(message, "job", job) != job:
                    continue
                if isinstance(message, wire.Done | wire.Failed):
                    ended = True
                if isinstance(message, wire.Done):
                    return Spent(message.seconds, min(clock.seconds, message.seconds))
                if isinstance(message, wire.Reported):
                    pace.saw(message.progress)
                    clock.saw(message.progress)
                self._pass_on(message, attachments, listener)
        finally:
            if not ended and self.alive:
                await self._stop(job)

    async def convert(self, job: str, order: Conversion, listener: Listener) -> float:
        """Write a model file in another number type; return the seconds it took. When cancelled, the process is killed.

        Raises:
            InvalidInput: This engine can't do that.
            SafelightError: As the engine says.
        """
        try:
            await self._send(wire.Convert(job=job, order=order))
            while True:
                message, _ = await self._receive(self._settings.worker_silence_seconds)
                if isinstance(message, wire.Done):
                    return message.seconds
                self._pass_on(message, [], listener)
        except asyncio.CancelledError:
            await self.close(kill=True)
            raise

    async def matrix_products(self, device: Device) -> Mapping[DType, float]:
        """Operations a second of a large matrix product by number type, measured now; empty if the engine can't tell.

        Raises:
            SafelightError: As the engine says.
        """
        return (await self._asked(wire.Measure(device=device), wire.Measured)).products

    async def toolkits(self) -> tuple[Toolkit, ...]:
        """What may compute in place of the engine's library, as the settings have it used.

        Raises:
            SafelightError: As the engine says.
        """
        options = load_options(self.hello.engine, self._settings)
        return (await self._asked(wire.Ask(options=options), wire.Told)).toolkits

    async def _asked(self, question: wire.Measure | wire.Ask, answer: type[_Answer]) -> _Answer:
        await self._send(question)
        message, _ = await self._receive(self._settings.worker_silence_seconds)
        if isinstance(message, wire.Failed):
            raise message.error()
        if not isinstance(message, answer):
            raise SafelightError(f"The worker sent an unexpected {message.type!r} message.")
        return message

    async def _stop(self, job: str) -> None:
        """Ask it to stop, wait a moment, and end the process if it does not answer, or can't stop by its spec."""
        if not all(spec.cancels for spec in registered_specs() if spec.name == self.hello.engine):
            await self.close(kill=True)
            return
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                await self._send(wire.Cancel(job=job))
                while not isinstance((await self._receive(_DRAIN_SECONDS + 1))[0], wire.Done | wire.Failed):
                    pass
        except (TimeoutError, WorkerDied):
            await self.close(kill=True)
        except BaseException:  # cancelled again: nobody knows any more what the worker is at
            await self.close(kill=True)
            raise

    async def close(self, *, kill: bool = False) -> None:
        """End the process: closing the socket is enough for an idle one; `kill` spares the wait for one that is not.

        Idempotent, and goes on in the background when the call is cancelled.
        """
        if kill:
            self._kill()
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def _close(self) -> None:
        self._writer.close()
        try:
            async with asyncio.timeout(_END_SECONDS):
                await self._process.wait()
        except TimeoutError:
            self._kill()
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

    async def _receive(self, limit: float) -> _Frame:
        """The next frame; a worker that sends none for `limit` seconds is ended."""
        try:
            async with asyncio.timeout(limit):
                frame = await self._frames.get()
        except TimeoutError:
            await self.close(kill=True)
            raise WorkerHung(
                f"The worker process reported nothing for {limit:.3g} s and was ended.",
                hint="If this machine is that slow, raise SAFELIGHT_WORKER_SILENCE_SECONDS and _STEP_SECONDS.",
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
            self._kill()
        finally:
            self._frames.put_nowait(None)

    async def _death(self) -> WorkerDied:
        """What is known of the end of the process, as an error to raise."""
        await self.close()
        code = self._process.returncode or 0
        how = f"was ended by {ended_by(code)}" if code < 0 else f"ended with exit code {code}"
        lines = [line.strip()[-_LINE_CHARACTERS:] for line in self._last_lines if line.strip()][-_LAST_WORDS:]
        said = f" Its last words: {' / '.join(lines)}" if lines and code else ""
        return WorkerDied(f"The worker process {how}.{said}", exit_code=self._process.returncode)

    async def _keep_log(self) -> None:
        """Drain the worker's output so that it never blocks; keep the last lines."""
        assert self._process.stdout is not None  # noqa: S101 - a pipe was asked for
        rest = b""
        while block := await self._process.stdout.read(65536):
            *lines, rest = (rest + block).split(b"\n")
            rest = rest[-4096:]
            for line in lines:
                self._heard(line[-4096:])
        self._heard(rest)

    def _heard(self, line: bytes) -> None:
        """Keep a line, and log it as gravely as it says it is."""
        text = line.decode(errors="replace")
        self._last_lines.append(text)
        shown = _COLOURS.sub("", text).rstrip().rpartition("\r")[2]  # of a bar that redraws itself its last state
        if shown:
            level = logging.getLevelNamesMapping().get(shown.partition(" ")[0], logging.INFO)
            _output.log(level, "%d: %s", self._process.pid, shown)
