"""The server's side of an HTTP/1.1 connection: uvicorn's, with limits for clients that take their time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    from uvicorn import Config
    from uvicorn.server import ServerState

__all__ = ["Http1Connection"]

HEAD_SECONDS = 30.0
"""How long the head of a request may take, from its first byte."""

MAX_HEAD_BYTES = 1 << 16
"""What the head of a request may have."""


class _JoinedWrites:
    """A transport that gathers what is written until the event loop has run all that is ready, and sends it in one go.

    The head of an answer and its body are two writes; each would be a packet, and a call of the kernel.
    """

    __slots__ = ("_loop", "_parts", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        self._parts.clear()
        self._transport.abort()

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def get_extra_info(self, name: str, default: object = None) -> object:
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._transport.resume_reading()

    def _flush(self) -> None:
        parts, self._parts = self._parts, []
        if parts and not self._transport.is_closing():
            self._transport.write(parts[0] if len(parts) == 1 else b"".join(parts))


class Http1Connection(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *, config: Config, server_state: ServerState, write_seconds: float) -> None:
        """Begin.

        Args:
            config: uvicorn's.
            server_state: what all connections of the port share.
            write_seconds: how long the client may leave unread what waits for it.
        """
        super().__init__(config=config, server_state=server_state, app_state={})
        self._write_seconds = write_seconds
        self._head_limit: asyncio.TimerHandle | None = None
        self._read_limit: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._in_head = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Greet."""
        super().connection_made(cast("asyncio.Transport", _JoinedWrites(transport, self.loop)))

    def data_received(self, data: bytes) -> None:
        """Read on; a head that grows too large ends the connection."""
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse(b"431 Request Header Fields Too Large")
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """A head begins; one that comes too slowly ends the connection."""
        self._in_head = True
        self._head_bytes = 0
        self._head_limit = self.loop.call_later(HEAD_SECONDS, self._refuse, b"408 Request Timeout")
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._head_is_over()
        super().on_headers_complete()

    def pause_writing(self) -> None:
        """The client does not read."""
        super().pause_writing()
        if self._read_limit is None:
            self._read_limit = self.loop.call_later(self._write_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The client has read."""
        super().resume_writing()
        if self._read_limit is not None:
            self._read_limit.cancel()
            self._read_limit = None

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        self._head_is_over()
        super().connection_lost(exc)

    def _head_is_over(self) -> None:
        self._in_head = False
        if self._head_limit is not None:
            self._head_limit.cancel()
            self._head_limit = None

    def _refuse(self, status: bytes) -> None:
        self._head_is_over()
        if not self.transport.is_closing():
            self.transport.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            self.transport.close()
