"""A port that speaks HTTP/2 and HTTP/1.1, with TLS or without.

The first bytes of a connection say which it is. HTTP/2 is served by this package, since gRPC needs its trailers and a
server for tests wants to break streams off; HTTP/1.1 by uvicorn.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from uvicorn import Config
from uvicorn.server import ServerState

from xaiwire_server.wire.http1 import Http1Connection
from xaiwire_server.wire.http2 import PREFACE, Http2Connection

if TYPE_CHECKING:
    import socket
    import ssl

    from xaiwire_server.wire.model import Served

__all__ = ["Port"]

BACKLOG = 2048

GREETING_SECONDS = 30.0
"""How long a connection may say nothing at first."""

KEEP_ALIVE_SECONDS = 75


class Port:
    """A port that listens.

    Attributes:
        host: where it listens.
        port: its number.
        authority: `HOST:PORT`, as an address of HTTP has it.
    """

    def __init__(self, served: Served, *, tls: ssl.SSLContext | None = None) -> None:
        """Listen to nothing yet.

        Args:
            served: what is served.
            tls: if given, all connections are TLS.
        """
        self._served = served
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._http1 = Config(
            served.app,
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            # Who says that he speaks for another is not believed.
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
        self._state = ServerState()
        self.host = ""
        self.port = 0
        self.authority = ""

    async def listen(self, host: str, port: int, *, listener: socket.socket | None = None) -> None:
        """Begin to listen.

        Args:
            host: a name or an address.
            port: its number; 0 takes a free one.
            listener: a socket that listens there already, which other processes may share; None makes one.

        Raises:
            OSError: the port is taken, or the host is not this machine's.
        """
        if not self._http1.loaded:
            self._http1.load()
        loop = asyncio.get_running_loop()
        if listener is None:
            self._server = await loop.create_server(self._connection, host, port, ssl=self._tls, backlog=BACKLOG)
        else:
            self._server = await loop.create_server(self._connection, sock=listener, ssl=self._tls, backlog=BACKLOG)
        self.host = host
        self.port = self._server.sockets[0].getsockname()[1]
        self.authority = f"{f'[{host}]' if ':' in host else host}:{self.port}"
        self._served.authority = self.authority
        # uvicorn's own server would renew what goes into the `date` header each second; nothing here needs it.
        self._state.default_headers = []

    async def close(self, grace: float) -> bool:
        """Stop listening, let open calls end, and cut those that do not.

        Args:
            grace: how long they have, in seconds.

        Returns:
            Whether all ended by themselves.
        """
        if self._server is None:
            return True
        self._server.close()
        for connection in tuple(self._served.connections):
            connection.leave()
        for http1 in tuple(self._state.connections):
            http1.shutdown()
        end = time.monotonic() + grace
        while (self._served.connections or self._state.connections) and time.monotonic() < end:
            await asyncio.sleep(0.02)
        open_ones = [*self._served.connections, *self._state.connections]
        for connection in tuple(self._served.connections):
            connection.abort()
        for http1 in tuple(self._state.connections):
            http1.transport.abort()
        if open_ones:
            # What was cut has a chance to clean up behind itself.
            await asyncio.sleep(0.05)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._server.wait_closed(), 1)
        return not open_ones

    def _connection(self) -> asyncio.Protocol:
        return _Greeting(self, self._served)

    def protocol_for(self, greeting: bytes) -> asyncio.Protocol | None:
        """Who goes on with a connection; None if it cannot be told yet."""
        if PREFACE.startswith(greeting[: len(PREFACE)]):
            return Http2Connection(self._served) if len(greeting) >= len(PREFACE) else None
        return Http1Connection(config=self._http1, server_state=self._state, write_seconds=self._served.write_seconds)


class _Greeting(asyncio.Protocol):
    """A connection of which it is not known yet what it speaks."""

    def __init__(self, port: Port, served: Served) -> None:
        self._port = port
        self._served = served
        self._came = b""
        self._transport: Any = None
        self._limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._served.connections.add(self)
        self._limit = asyncio.get_running_loop().call_later(GREETING_SECONDS, transport.close)

    def data_received(self, data: bytes) -> None:
        self._came += data
        protocol = self._port.protocol_for(self._came)
        if protocol is None:
            return
        if self._limit is not None:
            self._limit.cancel()
        self._served.connections.discard(self)
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(self._came)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's name
        self._served.connections.discard(self)
        if self._limit is not None:
            self._limit.cancel()

    def leave(self) -> None:
        """Nothing is under way."""
        self._transport.close()

    def abort(self) -> None:
        """End at once."""
        self._transport.abort()
