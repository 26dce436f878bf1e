"""Gives a new process its end of a socket pair: inherited where descriptors are, shared by process id on Windows."""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import Any

_SHARED = "shared"


async def spawn_with_socket(theirs: socket.socket, *command: str, env: dict[str, str]) -> asyncio.subprocess.Process:
    """Start `command` with the socket's name appended; its stdout and stderr come back as one pipe."""
    output: dict[str, Any] = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.STDOUT}
    if sys.platform == "win32":
        process = await asyncio.create_subprocess_exec(
            *command, _SHARED, stdin=asyncio.subprocess.PIPE, env=env, **output
        )
        assert process.stdin is not None  # noqa: S101 - a pipe was asked for
        process.stdin.write(theirs.share(process.pid))
        await process.stdin.drain()
        process.stdin.close()
        return process
    return await asyncio.create_subprocess_exec(
        *command,
        str(theirs.fileno()),
        pass_fds=(theirs.fileno(),),
        stdin=asyncio.subprocess.DEVNULL,
        env=env,
        **output,
    )


def take_socket(name: str) -> socket.socket:
    """In the new process: the socket, by the name that was appended to its command."""
    if sys.platform == "win32":
        return socket.fromshare(sys.stdin.buffer.read())
    return socket.socket(fileno=int(name))
