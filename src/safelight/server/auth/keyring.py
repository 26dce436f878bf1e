"""The keys that a running server accepts: those of the setting, and those of the file, read again when it changes."""

from __future__ import annotations

import logging

from safelight.domain.errors import SafelightError
from safelight.server.auth.callers import Caller
from safelight.server.auth.keyfile import KeyFile, Stamp
from safelight.server.auth.keys import ApiKey, find, keys_of_setting
from safelight.settings import Settings

log = logging.getLogger(__name__)


class Keyring:
    """Who a key is. Once a key was asked for, one is asked for until the server ends, whatever becomes of the file.

    Raises:
        InvalidInput: The setting is wrong.
        CorruptFile, StorageFailed: The file can't be read now, at the start; later the last good one is kept.
    """

    def __init__(self, settings: Settings) -> None:
        self._given = keys_of_setting([entry.get_secret_value() for entry in settings.api_keys])
        self._file = KeyFile(settings.data_dir)
        self._stamp: Stamp | None = None
        self._kept: tuple[ApiKey, ...] = ()
        self._required = bool(self._given)
        self._take()

    @property
    def required(self) -> bool:
        """Whether a caller needs a key."""
        self._look()
        return self._required

    def who(self, secret: str) -> Caller | None:
        """The holder of a key; None when it is none of ours."""
        self._look()
        key = find((*self._given, *self._kept), secret)
        return key.caller if key else None

    def _look(self) -> None:
        try:
            if self._file.stamp() != self._stamp:
                self._take()
        except (SafelightError, OSError) as error:
            log.error("the keys stay as they were: %s", error)

    def _take(self) -> None:
        self._stamp = self._file.stamp()  # before reading: what is written meanwhile is read next time
        self._kept = self._file.read()
        self._required = self._required or bool(self._kept)
