"""Where the bytes of an upload come from, read without blocking the event loop."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import AsyncIterable, AsyncIterator
from functools import partial
from typing import Protocol, TypeAlias, cast

from xaiwire._files.source import (
    Parts,
    Source,
    Uploadable,
    check_chunk_size,
    open_source,
    own_name,
    required_name,
)
from xaiwire._files.threads import open_in_thread

__all__ = ["AsyncReadable", "AsyncSource", "AsyncUploadable", "open_source_async"]


class AsyncReadable(Protocol):
    """A file object whose `read` is a coroutine function."""

    async def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        ...


AsyncUploadable: TypeAlias = Uploadable | AsyncReadable | AsyncIterable[bytes]
"""What the async client can upload: also pieces that come asynchronously, and asynchronous file objects."""


class AsyncSource(Protocol):
    """Gives the parts of an upload; see Source.

    Attributes:
        name: the file's name.
        total: how many bytes there are; None where nobody knows.
    """

    name: str
    total: int | None

    async def read(self) -> bytes:
        """The next part; empty at the end."""
        ...

    def close(self) -> None:
        """Close what was opened for the upload; never waits."""
        ...


async def open_source_async(file: AsyncUploadable, *, filename: str | None, chunk_size: int) -> AsyncSource:
    """Open what is to be uploaded; see `open_source`."""
    read = getattr(file, "read", None)
    if inspect.iscoroutinefunction(read):
        check_chunk_size(chunk_size)
        name = required_name(filename or own_name(file), "a file object without a name")
        return _Pieces(name, _reads(cast("AsyncReadable", file), chunk_size), chunk_size)
    if isinstance(file, AsyncIterable) and read is None:
        check_chunk_size(chunk_size)
        return _Pieces(required_name(filename, "pieces of bytes"), aiter(file), chunk_size)
    opener = partial(open_source, cast("Uploadable", file), filename=filename, chunk_size=chunk_size)
    if isinstance(file, str | os.PathLike) or read is not None:
        # To open a file, and to find its size, may wait for a disk.
        return _Threaded(await open_in_thread(opener, lambda source: source.close()))
    return _Threaded(opener())


class _Threaded:
    """A source that is read in another thread where that may wait."""

    def __init__(self, source: Source) -> None:
        self.name = source.name
        self.total = source.total
        self._source = source

    async def read(self) -> bytes:
        if self._source.waits:
            return await asyncio.to_thread(self._source.read)
        return self._source.read()

    def close(self) -> None:
        self._source.close()


class _Pieces:
    """Pieces that come asynchronously, put together and taken apart into parts."""

    total: int | None = None

    def __init__(self, name: str, pieces: AsyncIterator[bytes], chunk_size: int) -> None:
        self.name = name
        self._pieces = pieces
        self._parts = Parts(chunk_size)

    async def read(self) -> bytes:
        while not self._parts.ready:
            try:
                piece = await anext(self._pieces)
            except StopAsyncIteration:
                break
            self._parts.add(piece)
        return self._parts.take()

    def close(self) -> None:
        """Nothing: the iterator is its owner's."""


async def _reads(file: AsyncReadable, size: int) -> AsyncIterator[bytes]:
    while piece := await file.read(size):
        yield piece
