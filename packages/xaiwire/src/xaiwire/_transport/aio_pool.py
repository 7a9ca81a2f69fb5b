"""The connections of one event loop."""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from typing import TYPE_CHECKING

from xaiwire._transport.model import Failure
from xaiwire._transport.status import copied, deadline_failure
from xaiwire.errors import StatusCode

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from xaiwire._transport.aio_connection import Connection

__all__ = ["Pool"]

MOST_CONNECTIONS = 128
"""Connections to one server at once; with the streams of each, more than 10,000 calls."""

CLOSING = 0.5
"""Seconds that closing waits for the server's part of it."""

STALE_AFTER = 1.0
"""Seconds of silence after which the loop looks for the connection's end before it is used."""


class Pool:
    """The connections of one event loop in one process."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        dial: Callable[[Callable[[Connection], None]], Awaitable[Connection]],
    ) -> None:
        """Begin empty.

        Args:
            loop: the event loop.
            dial: makes a connection; it is given what the connection calls when it has room, or is over.
        """
        self.pid = os.getpid()
        self.loop = loop
        self.connections: list[Connection] = []
        self._dial = dial
        self._waiters: deque[asyncio.Future[Connection]] = deque()
        self._connecting: asyncio.Task[None] | None = None
        self._closed = False
        self._guard: AsyncGenerator[None] | None = None

    async def acquire(self, deadline: float | None) -> Connection:
        """A connection that has room for a call, which is reserved in it.

        Raises:
            Failure: none can be had.
        """
        connection = self._free()
        if connection is not None and not connection.http2.streams and connection.silent_for() > STALE_AFTER:
            # Its end may have come and not been read yet; the loop does that now.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            connection = self._free()
        if connection is not None:
            connection.reserved += 1
            return connection
        waiter: asyncio.Future[Connection] = self.loop.create_future()
        self._waiters.append(waiter)
        self._connect_if_needed()
        timer = None
        if deadline is not None:
            timer = self.loop.call_later(max(deadline - time.monotonic(), 0), _expire, waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self.release(waiter.result())
            raise
        finally:
            if timer is not None:
                timer.cancel()

    def release(self, connection: Connection) -> None:
        """Give a reserved place back."""
        connection.reserved -= 1
        self.freed(connection)

    def freed(self, connection: Connection) -> None:
        """A connection has room, or is over."""
        if not connection.http2.usable:
            if connection in self.connections:
                self.connections.remove(connection)
        else:
            while self._waiters and connection.has_room():
                waiter = self._waiters.popleft()
                if not waiter.done():
                    connection.reserved += 1
                    waiter.set_result(connection)
        self._connect_if_needed()

    async def close(self) -> None:
        """Close all connections, and wait a little for the server's part of it."""
        guard, self._guard = self._guard, None
        if guard is not None:
            await guard.aclose()
        await self._shut()

    async def _close_with_the_loop(self) -> AsyncGenerator[None]:
        """Close all connections when the event loop ends its generators, as asyncio.run() does at last."""
        try:
            yield
        finally:
            if self._guard is not None:
                self._guard = None
                await self._shut()

    async def _shut(self) -> None:
        self._closed = True
        gone = Failure(StatusCode.CANCELLED, "the client was closed while the call was under way", unprocessed=True)
        self._fail_waiters(gone)
        connections = list(self.connections)
        self.connections.clear()
        for connection in connections:
            connection.close()
        ends: list[asyncio.Future[None]] = [connection.lost for connection in connections]
        # A connection in the making is not cancelled at once: asyncio forgets sockets that way.
        connecting = self._connecting
        if connecting is not None:
            ends.append(connecting)
        if ends:
            await asyncio.wait(ends, timeout=CLOSING)
        if connecting is not None:
            connecting.cancel()
        for connection in connections:
            connection.abort()

    def _free(self) -> Connection | None:
        """A connection with room that nobody waits for."""
        if not self._waiters:
            for connection in self.connections:
                if connection.has_room():
                    return connection
        return None

    def _connect_if_needed(self) -> None:
        while self._waiters and self._waiters[0].done():
            self._waiters.popleft()
        if self._waiters and self._connecting is None and len(self.connections) < MOST_CONNECTIONS:
            if any(not connection.http2.streams and not connection.reserved for connection in self.connections):
                # A server that allows no calls, for now: more connections do not help.
                return
            self._connecting = self.loop.create_task(self._connect())

    async def _connect(self) -> None:
        try:
            if self._guard is None:
                self._guard = self._close_with_the_loop()
                await anext(self._guard)
            connection = await self._dial(self.freed)
        except Failure as failure:
            self._connecting = None
            if not self.connections:
                self._fail_waiters(failure)
        except BaseException:
            self._connecting = None
            self._fail_waiters(Failure(StatusCode.CANCELLED, "the event loop is closing", unprocessed=True))
            raise
        else:
            self._connecting = None
            if self._closed:
                connection.close()
                await asyncio.wait([connection.lost], timeout=CLOSING)
            elif connection.http2.usable:
                self.connections.append(connection)
                self.freed(connection)
            else:
                self._fail_waiters(
                    Failure(StatusCode.UNAVAILABLE, "the server closed the connection at once", unprocessed=True)
                )

    def _fail_waiters(self, failure: Failure) -> None:
        waiters = list(self._waiters)
        self._waiters.clear()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_exception(copied(failure))


def _expire(waiter: asyncio.Future[Connection]) -> None:
    if not waiter.done():
        failure = deadline_failure()
        failure.unprocessed = True
        waiter.set_exception(failure)
