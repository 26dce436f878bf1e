"""The child process: imports an engine, loads one model, draws.

Run as `python -m safelight.workers.host ENGINE THREADS SOCKET`. Only this process imports ML libraries. The wire is a
socket inherited from the parent; native libraries may print to stdout and stderr as they like. When the socket closes,
the process ends at once.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import queue
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import psutil
from numpy.typing import NDArray

from safelight.domain.errors import EngineFailure, InvalidInput, OutOfMemory, SafelightError
from safelight.domain.events import Artifact, Phase, Progress
from safelight.engines.contract import Engine, Picture, Pipeline
from safelight.engines.spec import engine_specs
from safelight.images.decode import decode
from safelight.images.encode import carries, encode, encode_preview
from safelight.images.infotext import infotext
from safelight.workers import wire
from safelight.workers.cores import take_cores
from safelight.workers.handover import take_socket

log = logging.getLogger(__name__)

_NICE, _NICEST = 10, 19
_AGAIN_SECONDS = 0.15


class Host:
    """One engine, at most one pipeline; obeys the messages of its parent one by one."""

    def __init__(self, connection: socket.socket, engine: Engine, name: str) -> None:
        self._connection = connection
        self._engine, self._name = engine, name
        self._pipeline: Pipeline | None = None
        self._orders: queue.SimpleQueue[tuple[wire.Message, list[bytes]]] = queue.SimpleQueue()
        self._cancelled: set[str] = set()
        self._job = ""
        self._preparing: float | None = None
        self._prepared = 0.0
        self._sending = threading.Lock()

    def serve(self) -> None:
        """Greet the parent and obey it until it closes the socket; does not return."""
        threading.Thread(target=self._listen, name="wire", daemon=True).start()
        devices = tuple(self._engine.devices())
        self.send(wire.Hello(engine=self._name, engine_version=self._engine.version, devices=devices))
        while True:
            message, attachments = self._orders.get()
            self._job = message.job if isinstance(message, wire.Run | wire.Convert) else ""
            try:
                self._obey(message, attachments)
            except SafelightError as error:
                self.send(wire.Failed.of(error, self._job))
            except MemoryError:
                self.send(wire.Failed.of(OutOfMemory("The worker ran out of memory."), self._job))
            except Exception as error:  # the worker's boundary: whatever it is, the parent gets a coded answer
                log.exception("unexpected failure in %s", message.type)
                said = " ".join(str(error).split())
                unexpected = EngineFailure(f"Unexpected {type(error).__name__} in the engine: {said}")
                self.send(wire.Failed.of(unexpected, self._job))

    def send(self, message: wire.Message, attachments: Sequence[bytes] = ()) -> None:
        """Send one frame. When nobody listens any more, the process ends."""
        with self._sending:
            try:
                self._connection.sendall(wire.pack(message, attachments))
                for attachment in attachments:
                    self._connection.sendall(attachment)
            except OSError:
                os._exit(0)

    def progress(self, progress: Progress) -> None:
        """`Sink` for engines. What a job takes to load is counted apart: the next one of its kind does not take it."""
        now = time.monotonic()
        if self._preparing is not None:
            self._prepared += now - self._preparing
        self._preparing = now if progress.phase is Phase.LOADING else None
        self.send(wire.Reported(job=self._job, progress=progress))

    def preview(self, picture: int, pixels: NDArray[np.uint8]) -> None:
        """`Sink` for engines."""
        self.send(wire.Previewed(job=self._job, picture=picture), [encode_preview(pixels)])

    def _listen(self) -> None:
        """Reader thread: cancels act while the main thread computes; a closed socket ends the process."""
        stream: BinaryIO = self._connection.makefile("rb")
        with contextlib.suppress(OSError, EOFError, ValueError):
            while frame := wire.read_frame(stream):
                if isinstance(frame[0], wire.Cancel):
                    self._cancelled.add(frame[0].job)
                else:
                    self._orders.put(frame)
        os._exit(0)

    def _obey(self, message: wire.Message, attachments: list[bytes]) -> None:
        if isinstance(message, wire.Load):
            self._load(message)
        elif isinstance(message, wire.Run):
            self._run(message, attachments)
        elif isinstance(message, wire.Convert):
            self._convert(message)
        elif isinstance(message, wire.Measure):
            self.send(wire.Measured(products=dict(self._engine.matrix_products(message.device))))
        elif isinstance(message, wire.Ask):
            self._engine.configure(message.options)
            self.send(wire.Told(toolkits=tuple(self._engine.toolkits())))
        else:
            raise InvalidInput(f"A worker does not take {message.type!r} messages.")

    def _load(self, order: wire.Load) -> None:
        started = time.monotonic()
        if self._pipeline:
            self._pipeline.close()
            self._pipeline = None
        self._engine.configure(order.options)
        self._pipeline = self._engine.load(order.model, order.plan, self)
        self.send(wire.Loaded(seconds=time.monotonic() - started))

    def _run(self, order: wire.Run, attachments: list[bytes]) -> None:
        if self._pipeline is None:
            raise InvalidInput("No model is loaded in this worker.")
        started, self._preparing, self._prepared = time.monotonic(), None, 0.0
        images = {
            sha256: decode(data, name="The image", max_bytes=order.max_image_bytes, max_pixels=order.max_image_pixels)
            for sha256, data in zip(order.images, attachments, strict=True)
        }
        for picture in self._pipeline.run(order.request, images, self, lambda: order.job in self._cancelled):
            self._send_picture(order, picture)
        self._cancelled.discard(order.job)
        self.send(wire.Done(job=order.job, seconds=time.monotonic() - started - self._prepared))

    def _convert(self, order: wire.Convert) -> None:
        started = time.monotonic()
        self._engine.convert(order.order, self)
        self.send(wire.Done(job=order.job, seconds=time.monotonic() - started))

    def _send_picture(self, order: wire.Run, picture: Picture) -> None:
        request, output, notes = order.request, order.request.output, picture.notes
        text = infotext(request, order.model, picture.seed, self._engine.version, picture.details)
        if output.metadata and not carries(output.format, text):
            output = output.model_copy(update={"metadata": False})
            notes = (*notes, f"Prompt and settings are too long for the metadata of a {output.format.value} file.")
        artifact = Artifact(
            index=picture.index,
            seed=picture.seed,
            width=picture.pixels.shape[1],
            height=picture.pixels.shape[0],
            format=output.format,
            infotext=text,
            notes=notes,
        )
        self.send(wire.Drawn(job=order.job, artifact=artifact), [encode(picture.pixels, output, text)])


def make_engine(name: str) -> Engine:
    """Import and make an engine by its registered name."""
    spec = next((spec for spec in engine_specs() if spec.name == name), None)
    if spec is None:
        raise SystemExit(f"no engine {name!r} is registered")
    module, _, attribute = spec.factory.partition(":")
    engine: Engine = getattr(importlib.import_module(module), attribute)()
    return engine


def main() -> None:
    """Take the engine's name, the number of threads and the socket from the command line, and serve."""
    _forget_core_dumps()
    _step_back()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    name, threads, connection = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    take_cores(threads, os.environ)
    # Ctrl-C in a terminal, or a service manager's SIGTERM, reaches the whole process group: what to do about it is the
    # parent's decision, and it closes the socket.
    for asking in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asking, signal.SIG_IGN)
    Host(take_socket(connection), make_engine(name), name).serve()


def _forget_core_dumps() -> None:
    """A core dump would hold prompts and pictures."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _step_back() -> None:
    """Let the server answer first when all cores compute; on an idle machine this costs a drawing nothing.

    Linux shares the cores out among sessions before it looks at priorities (autogroup, sched(7)): so a worker has a
    session of its own, of lower priority than the one it came from.
    """
    if sys.platform == "win32":
        with contextlib.suppress(psutil.Error):
            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        return
    os.nice(_NICE)
    if hasattr(os, "sched_setscheduler"):
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))  # its threads displace nobody when they wake
    group = Path("/proc/self/autogroup")
    with contextlib.suppress(OSError):
        told = group.read_text().split()  # nothing in the kernel's own session
        os.setsid()
        _lower(group, min(int(told[-1]) + _NICE if told else _NICE, _NICEST))


def _lower(group: Path, nice: int) -> None:
    """Give a session its priority; of all that are not root's, the kernel takes one in a tenth of a second."""
    try:
        group.write_text(str(nice))
    except BlockingIOError:
        time.sleep(_AGAIN_SECONDS)
        group.write_text(str(nice))


if __name__ == "__main__":
    main()
