"""What happens between a server's start and its end: a signal, or a command that is run against it."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

from xaiwire_server.cli.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

__all__ = ["run_until_stopped"]

_NOT_STARTED = -1
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


async def run_until_stopped(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    ready: Callable[[], None],
    end: Callable[[], Awaitable[object]],
) -> int:
    """Wait for SIGINT, SIGTERM or the command's end, then stop; a second signal ends the process at once.

    Args:
        command: what to run; empty for nothing.
        environment: variables that it gets beside the process's own.
        ready: says where the server is; with a command, nothing is said.
        end: stops the server.

    Returns:
        The exit code: the command's, 0 where there is none.

    Raises:
        Failure: the command cannot be run.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop.set)
    if command:
        code = await _run_command(command, environment, stop)
    else:
        code = 0
        ready()
        await stop.wait()
    for number in _SIGNALS:
        # Who asks twice does not want to wait.
        loop.remove_signal_handler(number)
    await end()
    if code == _NOT_STARTED:
        raise Failure(f"{command[0]}: there is no such command, or it cannot be run")
    return code


async def _run_command(command: Sequence[str], environment: Mapping[str, str], stop: asyncio.Event) -> int:
    try:
        process = await asyncio.create_subprocess_exec(*command, env={**os.environ, **environment})
    except OSError:
        return _NOT_STARTED
    ended, asked = asyncio.ensure_future(process.wait()), asyncio.ensure_future(stop.wait())
    await asyncio.wait((ended, asked), return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    if not ended.done():
        with suppress(ProcessLookupError):
            process.terminate()
    code = await ended
    return code if code >= 0 else 128 - code
