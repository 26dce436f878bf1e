"""The memory of failures: which plans did not work on this machine, on disk, so that the next start avoids them."""

from __future__ import annotations

import hashlib
import logging
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from safelight.domain.errors import NotFound, StorageFailed
from safelight.domain.plans import Device
from safelight.domain.values import Value
from safelight.images.files import write_file
from safelight.workers.placement import Failure

log = logging.getLogger(__name__)

FILE = "placement.json"


class Place(Value):
    """What a failure is true of: when a driver, an engine or the machine changes, the plan is tried again.

    Attributes:
        machine: Its name in the network.
        engine_version: As the engine states it.
        device: The maker's name, as ids (cuda:0) may move to another card.
        driver: Its version, or empty when not known.
        architecture: The model's family; the pipeline class for other models in diffusers layout.
    """

    machine: str
    engine: str
    engine_version: str
    device: str
    driver: str
    architecture: str

    @classmethod
    def of(cls, engine: str, engine_version: str, device: Device, architecture: str) -> Place:
        """The key for this machine."""
        return cls(
            machine=platform.node(),
            engine=engine,
            engine_version=engine_version,
            device=device.name,
            driver=device.driver,
            architecture=architecture,
        )


class Remembered(Value):
    """One failure with where and when it was seen."""

    place: Place
    failure: Failure
    when: datetime

    @property
    def id(self) -> str:
        """The same for the same failure, whenever it was seen."""
        failure = self.failure
        seen = f"{self.place.model_dump_json()}{failure.plan.model_dump_json()}{failure.cause}{failure.pixels}"
        return hashlib.sha256(seen.encode()).hexdigest()[:16]


class _File(Value):
    version: Literal[1] = 1
    failures: tuple[Remembered, ...] = ()


class PlacementMemory:
    """Failures in a JSON file, which other processes may change or delete at any time.

    A file that can't be read as such is moved aside and begun anew; one that can't be written leaves what was learnt in
    memory until the process ends.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._known: tuple[Remembered, ...] = ()
        self._stamp: tuple[int, int] | None = None

    def entries(self) -> tuple[Remembered, ...]:
        """Everything that is remembered, oldest first."""
        stamp = self._stamp_now()
        if stamp != self._stamp:
            self._known, self._stamp = self._read(), stamp
        return self._known

    def known(self, places: Sequence[Place], pixels: int) -> list[Failure]:
        """What failed at any of `places` for pictures of size class `pixels`, or smaller ones."""
        return [entry.failure for entry in self.entries() if entry.place in places and entry.failure.pixels <= pixels]

    def remember(self, place: Place, failure: Failure) -> None:
        """Keep a failure; the same one seen again replaces the old entry."""
        new = Remembered(place=place, failure=failure, when=datetime.now(UTC).replace(microsecond=0))
        self._known = (*(entry for entry in self.entries() if entry.id != new.id), new)
        try:
            self._write()
        except StorageFailed as error:
            log.warning("What failed is remembered only until the end: %s", error)
        self._stamp = self._stamp_now()

    def forget_one(self, identity: str) -> None:
        """Forget a failure by its id.

        Raises:
            NotFound: It is not remembered.
            StorageFailed: The file can't be written.
        """
        known = self.entries()
        self._known = tuple(entry for entry in known if entry.id != identity)
        if len(self._known) == len(known):
            raise NotFound(f"No failure {identity[:40]!r} is remembered.")
        self._write()
        self._stamp = self._stamp_now()

    def forget(self) -> int:
        """Clear everything; return how many failures that were.

        Raises:
            StorageFailed: The file can't be deleted.
        """
        count = len(self.entries())
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise StorageFailed(f"{self.path} could not be deleted: {error.strerror}.") from error
        self._known, self._stamp = (), None
        return count

    def _write(self) -> None:
        write_file(self.path, _File(failures=self._known).model_dump_json(indent=1).encode())

    def _stamp_now(self) -> tuple[int, int] | None:
        try:
            facts = self.path.stat()
        except OSError:  # not there: nothing is remembered
            return None
        return facts.st_mtime_ns, facts.st_size

    def _read(self) -> tuple[Remembered, ...]:
        try:
            return _File.model_validate_json(self.path.read_bytes()).failures
        except OSError:
            return ()
        except ValidationError as error:
            aside = self.path.with_suffix(".damaged.json")
            log.warning("%s can't be read and is moved to %s: %s", self.path, aside.name, str(error).splitlines()[0])
            try:
                self.path.replace(aside)
            except OSError:
                log.warning("%s could not be moved aside either.", self.path)
            return ()
