"""The server's side of an HTTP/1.1 connection: uvicorn's, with limits for clients that take their time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from xaiwire_server.wire.model import GONE
from xaiwire_server.wire.stall import Stall

if TYPE_CHECKING:
    from uvicorn import Config
    from uvicorn.server import ServerState

__all__ = ["Http1Connection"]

HEAD_SECONDS = 30.0
"""How long the head of a request may take, from its first byte."""

MAX_HEAD_BYTES = 1 << 16
"""What the head of a request may have, and what stands between the parts of its body."""


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
        self._stall = Stall(write_seconds)
        self._gone: asyncio.Future[None] = self.loop.create_future()
        self._running: RequestResponseCycle | None = None
        self._head_limit: asyncio.TimerHandle | None = None
        self._in_head = False
        self._unparsed = 0
        self._again = b""

    # What asyncio calls.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Greet."""
        super().connection_made(cast("asyncio.Transport", _JoinedWrites(transport, self.loop)))
        self._stall.watch(transport)
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def data_received(self, data: bytes) -> None:
        """Read on; a head or trailers that grow too large end the connection."""
        self._unparsed += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._go_on_without_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._refuse(b"400 Bad Request")
        if self._unparsed > MAX_HEAD_BYTES:
            self._refuse(b"431 Request Header Fields Too Large")

    def pause_writing(self) -> None:
        """The client does not read."""
        super().pause_writing()
        self._stall.begin()

    def resume_writing(self) -> None:
        """The client has read."""
        super().resume_writing()
        self._stall.end()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over; so is the request that is being answered, which need not be the newest one."""
        self._head_is_over()
        self._stall.end()
        self._unset_keepalive_if_required()
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
            self._running.message_event.set()
        if not self._gone.done():
            self._gone.set_result(None)
        super().connection_lost(exc)

    # What the parser calls.

    def on_message_begin(self) -> None:
        """A head begins; one that comes too slowly ends the connection, unless an answer is under way on it."""
        self._unset_keepalive_if_required()
        self._in_head = True
        if not self._is_answering():
            self._head_limit = self.loop.call_later(HEAD_SECONDS, self._refuse, b"408 Request Timeout")
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of the head. Fields behind the body are none of its own, and nobody asks for them."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._head_is_over()
        self._unparsed = 0
        if self.parser.should_upgrade():
            self._again = self._head_without_upgrade()
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._unparsed = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._unparsed = 0
        if self._again:
            return
        super().on_message_complete()
        if not self.pipeline:
            # So that its client's leaving is heard, whether the application reads on or not.
            self.flow.resume_reading()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401 - uvicorn's types
        self._running = cycle
        scope: dict[str, Any] = cast("dict[str, Any]", cycle.scope)
        scope["extensions"] = {GONE: self._gone}
        super()._start_asgi_task(cycle, app)

    def _is_answering(self) -> bool:
        return self._running is not None and not self._running.response_complete

    def _head_without_upgrade(self) -> bytes:
        """The head once more, as if nothing else than HTTP/1.1 had been asked for; empty for a tunnel.

        The parser takes all behind a head with `upgrade` for another protocol, which is not spoken here: the body would
        be lost, or be taken for the next request.
        """
        if self.parser.get_method() == b"CONNECT":
            return b""
        lines = [b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())]
        for name, value in self.headers:
            if name == b"connection":
                kept = [each.strip() for each in value.split(b",") if each.strip().lower() != b"upgrade"]
                lines += [b"connection: " + b", ".join(kept)] if kept else []
            elif name != b"upgrade":
                lines.append(name + b": " + value)
        return b"\r\n".join((*lines, b"", b""))

    def _go_on_without_upgrade(self, behind: bytes) -> None:
        again, self._again = self._again, b""
        if not again:
            self._refuse(b"400 Bad Request")
            return
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(again + behind)

    # Limits.

    def _head_is_over(self) -> None:
        self._in_head = False
        if self._head_limit is not None:
            self._head_limit.cancel()
            self._head_limit = None

    def _refuse(self, status: bytes) -> None:
        self._head_is_over()
        if self.transport.is_closing():
            return
        # In the midst of an answer, no other one can be said.
        if not self._is_answering():
            self.transport.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()
