"""Lanes: how much slow file and picture work a server does at once, so that drawing never waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Annotated, ParamSpec, TypeVar, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Lane:
    """Runs functions in threads, `width` of them at a time; others wait for their turn."""

    def __init__(self, width: int) -> None:
        self._turns = asyncio.Semaphore(width)

    async def run(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Return what `function` returns, from a thread."""
        async with self._turns:
            return await asyncio.to_thread(partial(function, *args, **kwargs))


class Lanes:
    """The lanes of one server: checksums one at a time as a disk likes it, pictures two at a time for their memory."""

    def __init__(self) -> None:
        self.hashing = Lane(1)
        self.pictures = Lane(2)


def _lanes_of(connection: HTTPConnection) -> Lanes:
    return cast(Lanes, connection.app.state.lanes)


InLanes = Annotated[Lanes, Depends(_lanes_of)]
