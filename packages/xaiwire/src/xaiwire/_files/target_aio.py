"""Where a download goes, written without blocking the event loop."""

from __future__ import annotations

import asyncio
import errno
import inspect
from functools import partial
from typing import Protocol, cast

from xaiwire._files.target import Downloadable, Target, Writable, open_target
from xaiwire._files.threads import open_in_thread

__all__ = ["AsyncTarget", "open_target_async"]


class AsyncTarget(Protocol):
    """Takes a download; see Target."""

    async def write(self, data: bytes) -> None:
        """Write a part."""
        ...

    async def commit(self) -> None:
        """Everything was written: it takes its place."""
        ...

    def abort(self) -> None:
        """Not everything came: a path is left as it was. Does nothing after `commit`, and never waits."""
        ...


async def open_target_async(to: Downloadable) -> AsyncTarget:
    """Make ready to take a download; see `open_target`. The `write` of a file object may be a coroutine function."""
    if inspect.iscoroutinefunction(getattr(to, "write", None)):
        return _Given(cast("Writable", to))
    return _Threaded(await open_in_thread(partial(open_target, to), lambda target: target.abort()))


class _Threaded:
    """A target that is written in another thread."""

    def __init__(self, target: Target) -> None:
        self._target = target

    async def write(self, data: bytes) -> None:
        await asyncio.to_thread(self._target.write, data)

    async def commit(self) -> None:
        await asyncio.to_thread(self._target.commit)

    def abort(self) -> None:
        self._target.abort()


class _Given:
    """A file object whose `write` is a coroutine function; it stays open."""

    def __init__(self, file: Writable) -> None:
        self._file = file

    async def write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            count = await self._file.write(bytes(left))
            if not isinstance(count, int) or count >= len(left):
                return
            if count <= 0:
                raise OSError(errno.EIO, "the file object takes no more bytes")
            left = left[count:]

    async def commit(self) -> None:
        pass

    def abort(self) -> None:
        pass
