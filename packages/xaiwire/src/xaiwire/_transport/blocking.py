"""A channel on blocking sockets."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

from xaiwire._transport.framing import envelope_prefix
from xaiwire._transport.model import Failure
from xaiwire._transport.status import explained
from xaiwire.errors import StatusCode

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

    from hpack import HeaderTuple

    from xaiwire._transport.blocking_connection import Connection
    from xaiwire._transport.model import ChannelOptions, Endpoint, Pairs
    from xaiwire._transport.request import RequestHeaders
    from xaiwire._transport.stream import Stream

__all__ = ["Channel"]

MOST_IDLE = 32
"""Connections that are kept for later calls."""

LONGEST_IDLE = 300.0
"""Seconds; many networks forget a silent connection not much later."""

PROBE_AFTER = 30.0
"""Seconds of silence after which a call goes along with a ping."""

BATCH = 256 << 10
"""Bytes of a request that are collected before they are sent."""

CHEAP = 256 << 10
"""Bytes of a response that was given up, up to which its rest is rather read than a new connection made."""


class _Pool:
    """The connections of one process."""

    __slots__ = ("busy", "idle", "lock")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.idle: list[Connection] = []
        self.busy: set[Connection] = set()


class Channel:
    """Makes calls to one server over blocking sockets: see BlockingChannel.

    A connection carries one call at a time, so that threads never wait for each other, and a call is the work of the
    thread that makes it alone. Connections are kept for later calls.

    While nobody receives from a stream, nobody answers the server's pings on its connection either.
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
        self._pools: dict[int, _Pool] = {}
        self._headers: RequestHeaders | None = None
        self._context: ssl.SSLContext | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._endpoint.authority!r})"

    def start(self, path: str, metadata: Pairs, messages: bytes | Iterable[bytes], deadline: float | None) -> Exchange:
        """Begin a call and send its messages: see BlockingChannel.

        Raises:
            Failure: the call cannot be begun.
            RuntimeError: the channel is closed.
        """
        if self._headers is None:
            from xaiwire._transport.request import RequestHeaders

            self._headers = RequestHeaders(self._endpoint, self.options.user_agent)
        if isinstance(messages, bytes):
            # Before a connection is made.
            envelope_prefix(len(messages), self.options.max_send_bytes)
        while True:
            pool = self._pool()
            connection, fresh = self._connection(pool, deadline)
            exchange = Exchange(self, pool, connection, deadline)
            try:
                exchange.open(self._headers.of(path, metadata, deadline))
                if isinstance(messages, bytes):
                    exchange.send_one(messages)
                else:
                    exchange.send_all(messages)
            except Failure as failure:
                # A connection that waited in the pool may turn out dead with the first bytes that it is to send.
                again = not fresh and failure.unprocessed and not connection.http2.usable
                exchange.close()
                if again and isinstance(messages, bytes) and not self._closed:
                    continue
                raise self.reason(failure) from None
            except BaseException:
                exchange.drop()
                raise
            return exchange

    def close(self) -> None:
        """Close all connections: see BlockingChannel."""
        self._closed = True
        pool = self._pools.get(os.getpid())
        if pool is None:
            return
        with pool.lock:
            idle = list(pool.idle)
            pool.idle.clear()
            for connection in pool.busy:
                connection.interrupt()
        for connection in idle:
            connection.close()

    def reason(self, failure: Failure) -> Failure:
        """What a call really ended with: a connection of a closed channel breaks because of that."""
        if self._closed and failure.code is StatusCode.UNAVAILABLE:
            return Failure(StatusCode.CANCELLED, "the client was closed while the call was under way")
        return failure

    def _pool(self) -> _Pool:
        if self._closed:
            raise RuntimeError("the client is closed; make a new one")
        pid = os.getpid()
        pool = self._pools.get(pid)
        if pool is None:
            # setdefault is atomic. The connections of a parent process are its own: nothing is said on them, and its
            # lock may be held by a thread that does not exist here.
            others = [known for known in list(self._pools) if known != pid]
            pool = self._pools.setdefault(pid, _Pool())
            for other in others:
                inherited = self._pools.pop(other, None)
                if inherited is not None:
                    for connection in (*inherited.idle, *inherited.busy):
                        connection.abandon()
        return pool

    def _connection(self, pool: _Pool, deadline: float | None) -> tuple[Connection, bool]:
        """An idle connection that is alive, or a new one; and whether it is new."""
        now = time.monotonic()
        while True:
            with pool.lock:
                connection = pool.idle.pop() if pool.idle else None
                if connection is None:
                    break
                pool.busy.add(connection)
            silent = now - connection.last_news
            if now - connection.idle_since < LONGEST_IDLE and connection.alive():
                if silent > PROBE_AFTER and self.options.keepalive_interval is not None:
                    connection.probe()
                connection.idle_since = now
                return connection, False
            self.discard(pool, connection)
        from xaiwire._transport.blocking_connection import dial

        if self._context is None and self._endpoint.secure:
            from xaiwire._transport.dial import tls_context

            self._context = tls_context(self.options.ssl_context)
        connection = dial(self._endpoint, self.options, self._context, deadline)
        with pool.lock:
            pool.busy.add(connection)
            closed = self._closed
        if closed:
            self.discard(pool, connection)
            raise Failure(StatusCode.CANCELLED, "the client was closed while the call was under way", unprocessed=True)
        return connection, True

    def discard(self, pool: _Pool, connection: Connection) -> None:
        """Close a connection that was taken from the pool."""
        with pool.lock:
            pool.busy.discard(connection)
        connection.close()

    def give_back(self, pool: _Pool, connection: Connection) -> None:
        """Keep a connection for later calls, if it is good for them."""
        if not connection.http2.usable or self._closed:
            self.discard(pool, connection)
            return
        connection.idle_since = time.monotonic()
        with pool.lock:
            pool.busy.discard(connection)
            pool.idle.append(connection)
            surplus = pool.idle.pop(0) if len(pool.idle) > MOST_IDLE else None
        if surplus is not None:
            surplus.close()


class Exchange:
    """One call on the wire: see BlockingExchange. One thread at a time may use it."""

    __slots__ = ("_channel", "_connection", "_deadline", "_pool", "_stream", "headers", "trailers")

    def __init__(self, channel: Channel, pool: _Pool, connection: Connection, deadline: float | None) -> None:
        from xaiwire._transport.stream import Stream

        self.headers: Pairs = ()
        self.trailers: Pairs = ()
        self._channel = channel
        self._pool = pool
        self._connection: Connection | None = connection
        self._deadline = deadline
        self._stream: Stream = Stream(channel.options.max_receive_bytes)

    def open(self, headers: Iterable[HeaderTuple]) -> None:
        """Open the stream; the headers go out with the first message."""
        if self._connection is not None:
            self._connection.wrote = False
            self._connection.http2.open(self._stream, headers)

    def send_one(self, message: bytes) -> None:
        """Send the request's one message."""
        self._send(message, last=True)
        failure = self._stream.failure
        if failure is not None and failure.unprocessed:
            raise failure

    def send_all(self, messages: Iterable[bytes]) -> None:
        """Send the request's messages, until the server has answered."""
        connection, stream = self._connection, self._stream
        iterator = iter(messages)
        while connection is not None:
            try:
                message = next(iterator)
            except StopIteration:
                break
            except BaseException:
                self.close()
                raise
            connection.take_if_ready()
            self._send(message, last=False)
            if stream.ended:
                return
        if connection is not None and not stream.ended:
            connection.http2.send(stream, b"", last=True)
            connection.write(self._deadline)

    def receive(self) -> bytes | None:
        """The next message; None behind the last one: see BlockingExchange.

        Raises:
            Failure: the status is not OK, the connection broke, or the deadline is over.
        """
        stream = self._stream
        connection = self._connection
        if connection is None:
            stream.finish()
            return None
        if connection.pid != os.getpid():
            self.drop()
            raise Failure(StatusCode.CANCELLED, "the call belongs to the process that began it; begin it anew here")
        http2 = connection.http2
        try:
            while True:
                message = stream.take()
                http2.credit(stream)
                if message is not None or stream.ended:
                    break
                connection.read(self._deadline)
        except Failure as failure:
            self._copy()
            stream.abort(failure)
            self.close()
            raise
        except BaseException:
            # Ctrl-C: nobody knows which bytes were sent.
            self.drop()
            raise
        self._copy()
        if message is not None:
            return message
        self._release()
        if stream.failure is not None:
            stream.failure = self._channel.reason(explained(stream.failure, self._deadline))
        stream.finish()
        return None

    def close(self) -> None:
        """Give the call up, if it is not at its end: see BlockingExchange."""
        connection, stream = self._connection, self._stream
        if connection is None:
            return
        if not stream.ended:
            stream.abort(Failure(StatusCode.CANCELLED, "the call was given up"))
        if connection.pid != os.getpid() or stream.received > CHEAP:
            self.drop()
            return
        connection.http2.reset(stream)
        self._release()

    def drop(self) -> None:
        """Give the call up, and its connection with it."""
        connection = self._connection
        self._connection = None
        if connection is not None:
            if not self._stream.ended:
                self._stream.abort(Failure(StatusCode.CANCELLED, "the call was given up"))
            if connection.pid == os.getpid():
                self._channel.discard(self._pool, connection)
            else:
                connection.abandon()

    def __del__(self) -> None:
        # A stream that somebody stopped to read, and forgot to close.
        self.close()

    def _send(self, message: bytes, *, last: bool) -> None:
        connection, stream = self._connection, self._stream
        if connection is None:
            return
        prefix = envelope_prefix(len(message), self._channel.options.max_send_bytes)
        http2 = connection.http2
        data = memoryview(prefix + message)
        at, size, unwritten = 0, len(data), 0
        while not stream.ended:
            room = http2.writable(stream)
            if room <= 0:
                connection.read(self._deadline)
                unwritten = 0
                continue
            begin, at = at, min(at + room, size)
            http2.send(stream, data[begin:at], last=last and at == size)
            unwritten += at - begin
            if at == size:
                connection.write(self._deadline)
                return
            if unwritten >= BATCH:
                connection.write(self._deadline)
                unwritten = 0

    def _copy(self) -> None:
        self.headers = self._stream.headers
        self.trailers = self._stream.trailers

    def _release(self) -> None:
        """Give the connection back; the stream is over."""
        connection = self._connection
        self._connection = None
        if connection is not None:
            connection.write_at_once()
            self._channel.give_back(self._pool, connection)
