"""What the tests of the Python clients share."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx2

from safelight.domain.errors import (
    SafelightError,
)

SMALL: dict[str, Any] = {"model": "scripted", "width": 64, "height": 64, "steps": 4}


def script(**what: Any) -> str:
    """A prompt that the scripted engine plays."""
    return json.dumps(what)


@contextlib.contextmanager
def in_thread(work: Callable[[], Any]) -> Iterator[list[Any]]:
    """Run `work` beside the block; its result, or what it raised, is in the list after it."""
    ended: list[Any] = []

    def run() -> None:
        try:
            ended.append(work())
        except SafelightError as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield ended
    finally:
        thread.join(90)
        assert ended, "it never ended"


class AnswersLost(httpx2.HTTPTransport):
    """A network that loses the answers of the first `count` posts after they arrived."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        response = super().handle_request(request)
        if request.method == "POST" and self.count:
            self.count -= 1
            response.close()
            raise httpx2.ReadError("the cable was pulled", request=request)
        return response
