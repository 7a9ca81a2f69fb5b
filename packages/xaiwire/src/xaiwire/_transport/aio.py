"""A channel in event loops."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterable, AsyncIterator
from functools import partial
from typing import TYPE_CHECKING

from xaiwire._transport.aio_pool import Pool
from xaiwire._transport.framing import envelope_prefix
from xaiwire._transport.model import Failure
from xaiwire._transport.status import explained
from xaiwire.errors import StatusCode

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable

    from hpack import HeaderTuple

    from xaiwire._transport.aio_connection import Bell, Connection
    from xaiwire._transport.model import ChannelOptions, Endpoint, Pairs
    from xaiwire._transport.request import RequestHeaders
    from xaiwire._transport.stream import Stream

__all__ = ["Channel"]

BATCH = 128 << 10
"""Bytes of a request that are collected before they are sent."""


class Channel:
    """Makes calls to one server from event loops: see AsyncChannel.

    Each loop has connections of its own, which carry many calls at once.
    """

    def __init__(self, endpoint: Endpoint, options: ChannelOptions) -> None:
        """Nothing connects yet.

        Args:
            endpoint: where the server is.
            options: how the channel behaves.
        """
        self._endpoint = endpoint
        self.options = options
        self._closed = False
        self._pools: dict[asyncio.AbstractEventLoop, Pool] = {}
        self._headers: RequestHeaders | None = None
        self._context: ssl.SSLContext | None = None

    def __repr__(self) -> str:
        return f"{type(self).__module__}.{type(self).__name__}({self._endpoint.authority!r})"

    async def start(
        self,
        path: str,
        metadata: Pairs,
        messages: bytes | Iterable[bytes] | AsyncIterable[bytes],
        deadline: float | None,
    ) -> Exchange:
        """Begin a call and send its messages: see BlockingChannel.

        Raises:
            Failure: the call cannot be begun.
            RuntimeError: the channel is closed.
        """
        if self._headers is None:
            from xaiwire._transport.request import RequestHeaders

            self._headers = RequestHeaders(self._endpoint, self.options.user_agent)
        if isinstance(messages, bytes):
            envelope_prefix(len(messages), self.options.max_send_bytes)
        pool = self._pool()
        connection = await pool.acquire(deadline)
        exchange = Exchange(self, pool.loop, connection, deadline)
        try:
            try:
                connection.note_call()
                exchange.open(self._headers.of(path, metadata, deadline))
            finally:
                connection.reserved -= 1
            if isinstance(messages, bytes):
                await exchange.send_one(messages)
            elif isinstance(messages, AsyncIterable):
                await exchange.send_later(messages)
            else:
                await exchange.send_all(messages)
        except Failure as failure:
            exchange.close()
            raise self.reason(failure) from None
        except BaseException:
            exchange.close()
            raise
        return exchange

    async def close(self) -> None:
        """Close all connections of this event loop, and of loops that are closed: see AsyncChannel."""
        self._closed = True
        self._forget_closed_loops()
        pool = self._pools.pop(asyncio.get_running_loop(), None)
        if pool is not None and pool.pid == os.getpid():
            await pool.close()

    def reason(self, failure: Failure) -> Failure:
        """What a call really ended with: a connection of a closed channel breaks because of that."""
        if self._closed and failure.code is StatusCode.UNAVAILABLE:
            return Failure(StatusCode.CANCELLED, "the client was closed while the call was under way")
        return failure

    async def _dial(self, freed: Callable[[Connection], None]) -> Connection:
        from xaiwire._transport.aio_connection import dial

        if self._context is None and self._endpoint.secure:
            from xaiwire._transport.dial import tls_context

            self._context = tls_context(self.options.ssl_context)
        return await dial(self._endpoint, self.options, self._context, freed)

    def _pool(self) -> Pool:
        if self._closed:
            raise RuntimeError("the client is closed; make a new one")
        loop = asyncio.get_running_loop()
        pool = self._pools.get(loop)
        if pool is None or pool.pid != os.getpid():
            self._forget_closed_loops()
            pool = self._pools[loop] = Pool(loop, self._dial)
        return pool

    def _forget_closed_loops(self) -> None:
        for loop in list(self._pools):
            if loop.is_closed():
                self._pools.pop(loop, None)


class Exchange:
    """One call on the wire, in an event loop: see AsyncExchange."""

    __slots__ = (
        "_bell",
        "_channel",
        "_connection",
        "_deadline",
        "_loop",
        "_stream",
        "_timer",
        "headers",
        "trailers",
    )

    def __init__(
        self, channel: Channel, loop: asyncio.AbstractEventLoop, connection: Connection, deadline: float | None
    ) -> None:
        from xaiwire._transport.aio_connection import Bell
        from xaiwire._transport.stream import Stream

        self.headers: Pairs = ()
        self.trailers: Pairs = ()
        self._channel = channel
        self._loop = loop
        self._connection = connection
        self._deadline = deadline
        self._bell: Bell = Bell(loop)
        self._stream: Stream = Stream(channel.options.max_receive_bytes)
        self._stream.wake = self._bell.ring
        self._timer: asyncio.TimerHandle | None = None

    def open(self, headers: Iterable[HeaderTuple]) -> None:
        """Open the stream; the headers go out with the first message."""
        self._connection.http2.open(self._stream, headers)
        if self._deadline is not None:
            remaining = max(self._deadline - time.monotonic(), 0.0)
            self._timer = self._loop.call_later(remaining, partial(self._connection.expire, self._stream))

    async def send_one(self, message: bytes) -> None:
        """Send the request's one message."""
        await self._send(message, last=True)

    async def send_all(self, messages: Iterable[bytes]) -> None:
        """Send the request's messages, until the server has answered."""
        for message in messages:
            await self._send(message, last=False)
            # What has come is read now.
            await asyncio.sleep(0)
            if self._stream.ended:
                return
        self._send_end()

    async def send_later(self, messages: AsyncIterable[bytes]) -> None:
        """Send the request's messages as they come, until the server has answered."""
        iterator = aiter(messages)
        while not self._stream.ended:
            try:
                message = await self._next(iterator)
            except StopAsyncIteration:
                self._send_end()
                return
            if message is not None:
                await self._send(message, last=False)

    async def receive(self) -> bytes | None:
        """The next message; None behind the last one: see AsyncExchange.

        Raises:
            Failure: the status is not OK, the connection broke, or the deadline is over.
        """
        stream, connection = self._stream, self._connection
        message: bytes | None = None
        if connection.pid != os.getpid():
            raise Failure(StatusCode.CANCELLED, "the call belongs to the process that began it; begin it anew here")
        try:
            while True:
                message = stream.take()
                if connection.http2.credit(stream):
                    connection.flush()
                if message is not None or stream.ended:
                    break
                await self._bell.armed()
        except Failure as failure:
            stream.abort(failure)
            self.close()
        except BaseException:
            self.close()
            raise
        self.headers, self.trailers = stream.headers, stream.trailers
        if message is not None:
            return message
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if stream.failure is not None:
            stream.failure = self._channel.reason(explained(stream.failure, self._deadline))
        stream.finish()
        return None

    def close(self) -> None:
        """Give the call up, if it is not at its end: see AsyncExchange."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        stream = self._stream
        if not stream.ended:
            stream.abort(Failure(StatusCode.CANCELLED, "the call was given up"))
        if self._open():
            self._connection.give_up(stream)

    def __del__(self) -> None:
        # A stream that somebody stopped to read, and forgot to close. This may be any thread.
        stream, connection = self._stream, self._connection
        if self._open():
            self._loop.call_soon_threadsafe(connection.give_up, stream)

    def _open(self) -> bool:
        connection = self._connection
        return (
            self._stream.id in connection.http2.streams and connection.pid == os.getpid() and not self._loop.is_closed()
        )

    async def _next(self, iterator: AsyncIterator[bytes]) -> bytes | None:
        """The next message; None if the server has answered before it came."""

        async def step() -> bytes:
            return await anext(iterator)

        task = self._loop.create_task(step())
        try:
            while not task.done():
                if self._stream.ended:
                    task.cancel()
                    await asyncio.wait((task,))
                    return None
                await asyncio.wait((task, self._bell.armed()), return_when=asyncio.FIRST_COMPLETED)
        except BaseException:
            task.cancel()
            # Until it has ended, whoever made the iterator cannot close it.
            await asyncio.wait((task,))
            _ = task.cancelled() or task.exception()
            raise
        return task.result()

    async def _send(self, message: bytes, *, last: bool) -> None:
        prefix = envelope_prefix(len(message), self._channel.options.max_send_bytes)
        stream, connection = self._stream, self._connection
        http2 = connection.http2
        data = memoryview(prefix + message)
        at, size, unwritten = 0, len(data), 0
        while not stream.ended:
            room = 0 if connection.paused else http2.writable(stream)
            if room <= 0:
                connection.flush()
                unwritten = 0
                await self._room()
                continue
            begin, at = at, min(at + room, size)
            http2.send(stream, data[begin:at], last=last and at == size)
            unwritten += at - begin
            if at == size:
                connection.flush_soon()
                return
            if unwritten >= BATCH:
                connection.flush()
                unwritten = 0

    async def _room(self) -> None:
        """Wait until more can be sent, or something has come."""
        senders = self._connection.senders
        senders.add(self._bell)
        try:
            await self._bell.armed()
        finally:
            senders.discard(self._bell)

    def _send_end(self) -> None:
        if not self._stream.ended:
            self._connection.http2.send(self._stream, b"", last=True)
            self._connection.flush()
