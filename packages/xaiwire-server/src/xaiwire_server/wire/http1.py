"""The server's side of an HTTP/1.1 connection: uvicorn's, with limits for clients that take their time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    from uvicorn import Config
    from uvicorn.server import ServerState

__all__ = ["Http1Connection"]

HEAD_SECONDS = 30.0
"""How long the head of a request may take, from its first byte."""

MAX_HEAD_BYTES = 1 << 16
"""What the head of a request may have."""


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
        transport: Any = self.transport
        if not transport.is_closing():
            transport.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            transport.close()
