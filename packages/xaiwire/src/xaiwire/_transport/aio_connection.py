"""A connection in an event loop, which carries many calls at a time."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any, cast

from xaiwire._transport.dial import check_protocol, failure_of, place, prepare_socket
from xaiwire._transport.http2 import CANCEL, Http2
from xaiwire._transport.model import Failure
from xaiwire._transport.proxy import Proxy, connect_request, find_proxy, read_answer
from xaiwire._transport.status import copied, deadline_failure

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from xaiwire._transport.model import ChannelOptions, Endpoint
    from xaiwire._transport.stream import Stream

__all__ = ["Bell", "Connection", "dial"]

MOST_STREAMS = 100
"""Calls that one connection carries at once, where the server allows more: one busy TCP stream delays them all."""

LONGEST_IDLE = 300.0
"""Seconds; many networks forget a silent connection not much later."""

PROBE_AFTER = 30.0
"""Seconds of silence after which a call goes along with a ping."""

HAPPY_EYEBALLS = 0.25
"""Seconds after which the host's next address is tried as well: RFC 8305."""

WRITE_BUFFER = 512 << 10


class Bell:
    """What a call waits with. It knows nothing of the call, so that a forgotten one is collected."""

    __slots__ = ("_loop", "future")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.future: asyncio.Future[None] | None = None

    def ring(self) -> None:
        """Wake who waits."""
        future = self.future
        if future is not None and not future.done():
            future.set_result(None)

    def armed(self) -> asyncio.Future[None]:
        """What is done when the bell has rung."""
        self.future = future = self._loop.create_future()
        return future


class Connection(asyncio.Protocol):
    """A connection.

    Attributes:
        http2: its state.
        pid: the process that made it.
        reserved: calls that were promised a stream, and did not open it yet.
        paused: the transport holds enough; sending waits.
        senders: the bells of calls that wait to send.
        lost: is done when the connection is.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, options: ChannelOptions, freed: Callable[[Connection], None]
    ) -> None:
        """Begin unconnected.

        Args:
            loop: the event loop.
            options: the channel's.
            freed: is called when a stream has become free, or the connection takes no more calls.
        """
        self.http2 = Http2()
        self.pid = os.getpid()
        self.reserved = 0
        self.paused = False
        self.senders: set[Bell] = set()
        self.greeted: asyncio.Future[None] = loop.create_future()
        self.lost: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._options = options
        self._freed = freed
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._flushing = False
        self._ping_at = 0.0
        self._last_news = self._last_call = loop.time()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands, TLS included."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=WRITE_BUFFER)

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        self._last_news = self._loop.time()
        http2 = self.http2
        before = len(http2.streams)
        http2.feed(data)
        if not self.greeted.done() and (http2.greeted or http2.broken is not None):
            self.greeted.set_result(None)
        if http2.windows_opened:
            http2.windows_opened = False
            self._ring_senders()
        self.flush()
        if len(http2.streams) < before or not http2.usable:
            self.settle()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        if not self.lost.done():
            self.lost.set_result(None)
        self._transport = None
        if exc is None:
            self._end("the server closed the connection")
        else:
            self._end(f"the connection broke: {getattr(exc, 'strerror', None) or exc}")

    def eof_received(self) -> None:
        """The server says no more."""
        self._end("the server closed the connection")

    def pause_writing(self) -> None:
        """The transport holds enough."""
        self.paused = True

    def resume_writing(self) -> None:
        """The transport takes more."""
        self.paused = False
        self._ring_senders()

    # What calls use.

    def begin(self, endpoint: Endpoint) -> None:
        """Send HTTP/2's preface, and watch over the connection.

        Raises:
            Failure: UNAVAILABLE, TLS did not agree on HTTP/2.
        """
        if self._transport is not None and self.http2.broken is None:
            prepare_socket(self._transport.get_extra_info("socket"))
            if endpoint.secure:
                check_protocol(endpoint, self._transport.get_extra_info("ssl_object").selected_alpn_protocol())
        self.flush()
        self._watch()

    def has_room(self) -> bool:
        """Whether one more call may be made."""
        http2 = self.http2
        return http2.usable and len(http2.streams) + self.reserved < min(http2.most_streams, MOST_STREAMS)

    def silent_for(self) -> float:
        """Seconds since something came, or a call was begun."""
        return self._loop.time() - max(self._last_news, self._last_call)

    def note_call(self) -> None:
        """A call begins: if the network may have forgotten the connection, a ping goes along with it."""
        if not self.http2.streams:
            if (
                self._options.keepalive_interval is not None
                and self._loop.time() - self._last_news > PROBE_AFTER
                and not self.http2.pings
            ):
                self._ping()
                self._watch()
            self._last_call = self._loop.time()

    def flush(self) -> None:
        """Send what is to be sent."""
        output = self.http2.take_output()
        if output and self._transport is not None and not self._transport.is_closing():
            self._transport.write(output)

    def flush_soon(self) -> None:
        """Send what is to be sent when the loop has run what is ready: calls that begin together go out together."""
        if not self._flushing:
            self._flushing = True
            self._loop.call_soon(self._flush_now)

    def _flush_now(self) -> None:
        self._flushing = False
        self.flush()

    def give_up(self, stream: Stream, code: int = CANCEL) -> None:
        """End a stream from this side, at once."""
        if stream.id in self.http2.streams:
            self.http2.reset(stream, code)
            self.flush()
            self.settle()

    def expire(self, stream: Stream) -> None:
        """A stream's deadline is over."""
        if not stream.ended:
            stream.abort(deadline_failure())
            self.give_up(stream)
            stream.notify()

    def settle(self) -> None:
        """A stream ended, or the connection takes no more: tell the pool, and close what is of no more use."""
        http2 = self.http2
        if http2.broken is not None:
            self._ring_senders()
            self.close()
        elif http2.leaving and not http2.streams:
            self.close()
        self._freed(self)

    def close(self) -> None:
        """Close the connection; calls that are under way fail."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        transport = self._transport
        if transport is not None and not transport.is_closing():
            self.http2.leave()
            transport.write(self.http2.take_output())
            transport.close()
        self.http2.lost("the connection is closed")

    def abort(self) -> None:
        """Close the connection, and do not wait for the server."""
        if self._transport is not None:
            self._transport.abort()

    def _end(self, why: str) -> None:
        self.http2.lost(why)
        if not self.greeted.done():
            self.greeted.set_result(None)
        self.settle()

    def _ring_senders(self) -> None:
        for bell in self.senders:
            bell.ring()

    def _ping(self) -> None:
        self.http2.ping()
        self._ping_at = self._loop.time()

    def _watch(self) -> None:
        """Look after the connection: ping a server that is silent while calls wait, close a connection of no use."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.http2.broken is not None:
            return
        now = self._loop.time()
        interval, timeout = self._options.keepalive_interval, self._options.keepalive_timeout
        quiet_since = max(self._last_news, self._last_call)
        http2 = self.http2
        if http2.pings:
            again = max(self._ping_at, self._last_news) + timeout
            if now >= again:
                self._end("the server does not answer a ping")
                return
        elif not http2.streams:
            again = quiet_since + LONGEST_IDLE
            if now >= again:
                http2.leaving = True
                self.settle()
                return
            if interval is not None:
                again = min(again, now + interval)
        elif interval is None:
            again = now + LONGEST_IDLE
        elif now >= quiet_since + interval:
            self._ping()
            self.flush()
            again = now + timeout
        else:
            again = quiet_since + interval
        self._timer = self._loop.call_at(again, self._watch)


class _Tunnel(asyncio.Protocol):
    """The beginning of a connection through a proxy."""

    def __init__(self, proxy: Proxy, answered: asyncio.Future[None]) -> None:
        self._proxy = proxy
        self._answer = b""
        self._answered = answered

    def data_received(self, data: bytes) -> None:
        self._answer += data
        try:
            whole = read_answer(self._proxy, self._answer)
        except Failure as failure:
            self._end(failure)
        else:
            if whole:
                self._end(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(exc or ConnectionResetError("it closed the connection"))

    def _end(self, error: Exception | None) -> None:
        if self._answered.done():
            return
        if error is None:
            self._answered.set_result(None)
        else:
            self._answered.set_exception(error)


async def dial(
    endpoint: Endpoint,
    options: ChannelOptions,
    context: ssl.SSLContext | None,
    freed: Callable[[Connection], None],
) -> Connection:
    """Make a connection, up to the server's settings.

    Args:
        endpoint: where to.
        options: the channel's.
        context: how TLS is spoken, with ALPN set; None for plain text.
        freed: see Connection.

    Raises:
        Failure: UNAVAILABLE, with the reason.
    """
    loop = asyncio.get_running_loop()
    connection = Connection(loop, options, freed)
    where = place(endpoint)
    try:
        async with asyncio.timeout(options.connect_timeout):
            proxy = find_proxy(endpoint)
            if proxy is None:
                await loop.create_connection(
                    lambda: connection,
                    endpoint.host,
                    endpoint.port,
                    ssl=context,
                    server_hostname=endpoint.host if context is not None else None,
                    **_racing(loop),
                )
            else:
                where = f"the proxy {proxy.host}:{proxy.port}"
                tunnel = await _open_tunnel(proxy, endpoint)
                where = place(endpoint)
                await _secure(tunnel, connection, endpoint, context)
            connection.begin(endpoint)
            await connection.greeted
    except BaseException as error:
        connection.abort()
        if isinstance(error, OSError):
            raise failure_of(where, error) from error
        raise
    if connection.http2.broken is not None:
        failure = copied(connection.http2.broken)
        failure.unprocessed = True
        raise failure
    return connection


def _racing(loop: asyncio.AbstractEventLoop) -> dict[str, Any]:
    """Let a host's addresses race, where the event loop can; uvloop tries one after the other."""
    return {"happy_eyeballs_delay": HAPPY_EYEBALLS} if isinstance(loop, asyncio.BaseEventLoop) else {}


async def _open_tunnel(proxy: Proxy, endpoint: Endpoint) -> asyncio.Transport:
    """Have a proxy connect to the server."""
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[None] = loop.create_future()
    transport, _ = await loop.create_connection(
        lambda: _Tunnel(proxy, answered), proxy.host, proxy.port, **_racing(loop)
    )
    try:
        transport.write(connect_request(proxy, endpoint))
        await answered
    except BaseException:
        transport.abort()
        raise
    return transport


async def _secure(
    tunnel: asyncio.Transport, connection: Connection, endpoint: Endpoint, context: ssl.SSLContext | None
) -> None:
    """Speak TLS through a tunnel."""
    if context is None:
        raise ValueError("only TLS goes through proxies")
    loop = asyncio.get_running_loop()
    try:
        transport = await loop.start_tls(tunnel, connection, context, server_hostname=endpoint.host)
    except BaseException:
        tunnel.abort()
        raise
    if transport is None:
        raise ConnectionResetError("the server closed the connection")
    connection.connection_made(transport)
