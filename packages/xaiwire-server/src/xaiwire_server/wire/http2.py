"""The server's side of an HTTP/2 connection: h2 keeps the protocol, this connects its streams with calls.

What calls send is gathered until the event loop has run all that is ready, and goes out in one write: an answer with
its headers and trailers, or the messages of a stream that were made without waiting, are one packet.
"""

from __future__ import annotations

import asyncio
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from h2 import events
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.exceptions import H2Error
from h2.settings import SettingCodes, Settings

from xaiwire_server.wire.grpc_call import GrpcCall
from xaiwire_server.wire.http_request import HttpRequest
from xaiwire_server.wire.stall import Stall

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xaiwire_server.wire.model import Served

__all__ = ["PREFACE", "Http2Connection"]

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

MAX_STREAMS = 1000
STREAM_WINDOW = 1 << 20
CONNECTION_WINDOW = 1 << 28
MAX_FRAME = 1 << 18
MAX_HEADER_LIST = 1 << 16
HIGH_WATER = 1 << 16
LOOK_SECONDS = 30.0
"""How often a connection is looked at: for answers that are not read, and for being of no use any more."""

IDLE_LOOKS = 20
MAX_RESETS = 2000
"""Requests that a client may give up between two looks; one that does more is up to no good."""

"""Bytes of a response that wait before its handler has to."""

_GOAWAY = struct.Struct(">BHBBIII")
_CONFIG = H2Configuration(
    client_side=False, header_encoding=None, validate_outbound_headers=False, normalize_outbound_headers=False
)


class _H2(H2Connection):
    # h2 remembers as many closed streams as this; 65,536 of them are megabytes in a connection that lives long.
    MAX_CLOSED_STREAMS = 1024


class StreamUser(Protocol):
    """Who a stream belongs to."""

    def data(self, data: bytes, credit: int) -> None:
        """Bytes of the request came, which took `credit` bytes of the client's window."""

    def end(self) -> None:
        """The request is complete."""

    def gone(self) -> None:
        """Nobody waits for the response any more."""


@dataclass(slots=True)
class _Outgoing:
    """What waits to be sent on a stream."""

    body: bytearray = field(default_factory=bytearray)
    trailers: tuple[tuple[bytes, bytes], ...] | None = None
    over: bool = False
    reset: bool = False
    waiters: list[asyncio.Future[None]] = field(default_factory=list)


class Http2Connection(asyncio.Protocol):
    """One connection."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self.write_seconds = served.write_seconds
        self.loop = asyncio.get_running_loop()
        self.peer = ""
        self._users: dict[int, StreamUser] = {}
        self._outgoing: dict[int, _Outgoing] = {}
        self._dirty: set[int] = set()
        self._flush_scheduled = False
        self._writable = True
        self._leaving = False
        self._highest = 0
        self._secure = False
        self._stall = Stall(served.write_seconds)
        self._look_timer: asyncio.TimerHandle | None = None
        self._unread: dict[int, tuple[int, int]] = {}
        self._idle_looks = 0
        self._resets = 0
        self._h2 = _H2(_CONFIG)
        self._h2.local_settings = Settings(
            client=False,
            initial_values={
                SettingCodes.MAX_CONCURRENT_STREAMS: MAX_STREAMS,
                SettingCodes.INITIAL_WINDOW_SIZE: STREAM_WINDOW,
                SettingCodes.MAX_FRAME_SIZE: MAX_FRAME,
                SettingCodes.MAX_HEADER_LIST_SIZE: MAX_HEADER_LIST,
            },
        )
        # h2 takes the size of frames from settings that were acknowledged; these hold from the start.
        self._h2.max_inbound_frame_size = MAX_FRAME

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - streams are what is listened for
        self._transport = transport
        address = transport.get_extra_info("peername")
        self.peer = f"{address[0]}:{address[1]}" if isinstance(address, tuple) else "local"
        self._secure = transport.get_extra_info("ssl_object") is not None
        self._h2.initiate_connection()
        self._h2.increment_flow_control_window(CONNECTION_WINDOW - 65_535)
        self._served.connections.add(self)
        self._stall.watch(transport)
        self._look_timer = self.loop.call_later(LOOK_SECONDS, self._look)
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Read."""
        self._idle_looks = 0
        try:
            received = self._h2.receive_data(data)
        except H2Error:
            # h2 has prepared the GOAWAY that says why.
            self._transport.write(self._h2.data_to_send())
            self._transport.close()
            return
        for event in received:
            handler = _HANDLERS.get(type(event))
            if handler is not None:
                handler(self, event)
        self._schedule_flush()

    def pause_writing(self) -> None:
        """The client does not read; what it says now could only add to what it has to."""
        self._writable = False
        self._transport.pause_reading()
        self._stall.begin()

    def resume_writing(self) -> None:
        """The client reads again."""
        self._writable = True
        self._stall.end()
        if not self._transport.is_closing():
            self._transport.resume_reading()
        self._dirty.update(self._outgoing)
        self._schedule_flush()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's name
        """Give up all calls."""
        self._stall.end()
        if self._look_timer is not None:
            self._look_timer.cancel()
        self._served.connections.discard(self)
        self._writable = False
        users = list(self._users.values())
        self._users.clear()
        for user in users:
            user.gone()
        for outgoing in self._outgoing.values():
            _wake(outgoing)
        self._outgoing.clear()

    # What the port's server calls.

    def leave(self) -> None:
        """Take no new streams; the connection ends with the last of the open ones."""
        if self._leaving:
            return
        self._leaving = True
        self._flush()
        self._transport.write(_GOAWAY.pack(0, 8, 7, 0, 0, self._highest, 0))
        if not self._outgoing:
            self._transport.close()

    def abort(self) -> None:
        """End at once."""
        self._transport.abort()

    # What the streams' users call.

    def base_url(self, headers: Mapping[str, str]) -> str:
        """Where the client reached this server."""
        return f"{'https' if self._secure else 'http'}://{headers.get(':authority') or self._served.authority}"

    def send_headers(self, stream: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Send a response's headers."""
        if stream in self._outgoing:
            with suppress(H2Error):
                self._h2.send_headers(stream, headers)
            self._schedule_flush()

    def send(self, stream: int, data: bytes) -> bool:
        """Send bytes of a response; whether so many wait that the sender should, too."""
        outgoing = self._outgoing.get(stream)
        if outgoing is None:
            return False
        outgoing.body += data
        self._dirty.add(stream)
        self._schedule_flush()
        return len(outgoing.body) >= HIGH_WATER

    def unread(self, stream: int) -> int:
        """How many bytes of a response wait to be sent."""
        outgoing = self._outgoing.get(stream)
        return len(outgoing.body) if outgoing is not None else 0

    async def drained(self, stream: int) -> None:
        """Wait until few bytes wait to be sent."""
        outgoing = self._outgoing.get(stream)
        while outgoing is not None and len(outgoing.body) >= HIGH_WATER and stream in self._outgoing:
            waiter = self.loop.create_future()
            outgoing.waiters.append(waiter)
            await waiter

    def finish(self, stream: int, trailers: tuple[tuple[bytes, bytes], ...], *, reset: bool) -> None:
        """End a response.

        Args:
            stream: which.
            trailers: go last; none where there are none.
            reset: the request is not complete, and the rest of it is not wanted.
        """
        outgoing = self._outgoing.get(stream)
        if outgoing is None:
            return
        outgoing.trailers, outgoing.over, outgoing.reset = trailers, True, reset
        self._dirty.add(stream)
        self._schedule_flush()

    def cut(self, stream: int, *, whole: bool) -> None:
        """Break a stream off, or the whole connection; what was sent before still goes out."""
        self._flush()
        if whole:
            self._transport.close()
            return
        if stream in self._outgoing:
            with suppress(H2Error):
                self._h2.reset_stream(stream, ErrorCodes.INTERNAL_ERROR)
            self._forget(stream)
        self._schedule_flush()

    def credit(self, stream: int, count: int) -> None:
        """Let the client send as much anew."""
        with suppress(H2Error):
            self._h2.acknowledge_received_data(count, stream)
        self._schedule_flush()

    # Events.

    def _on_request(self, event: events.RequestReceived) -> None:
        number = event.stream_id
        if self._leaving:
            with suppress(H2Error):
                self._h2.reset_stream(number, ErrorCodes.REFUSED_STREAM)
            return
        self._highest = number
        headers = _headers(event.headers or ())
        self._outgoing[number] = _Outgoing()
        kind = headers.get("content-type", "")
        calls = self._served.calls
        is_grpc = headers.get(":method") == "POST" and kind.startswith("application/grpc") and "-web" not in kind
        if calls is not None and is_grpc:
            user: StreamUser = GrpcCall(self, number, headers, calls, self._served.max_message_bytes)
        else:
            user = HttpRequest(self, number, headers, self._served.app, secure=self._secure)
        self._users[number] = user
        if event.stream_ended is not None:
            user.end()

    def _on_data(self, event: events.DataReceived) -> None:
        user = self._users.get(event.stream_id)
        length = event.flow_controlled_length or 0
        if user is None:
            self.credit(event.stream_id, length)
            return
        user.data(event.data or b"", length)
        if event.stream_ended is not None:
            user.end()

    def _on_trailers(self, event: events.TrailersReceived) -> None:
        user = self._users.get(event.stream_id)
        if user is not None:
            user.end()

    def _on_reset(self, event: events.StreamReset) -> None:
        self._resets += 1
        if self._resets > MAX_RESETS:
            self._h2.close_connection(ErrorCodes.ENHANCE_YOUR_CALM)
            self._close_when_written()
            return
        user = self._users.get(event.stream_id)
        self._forget(event.stream_id)
        if user is not None:
            user.gone()

    def _on_window(self, event: events.WindowUpdated) -> None:
        if event.stream_id:
            self._dirty.add(event.stream_id)
        else:
            self._dirty.update(self._outgoing)

    def _on_settings(self, _event: events.RemoteSettingsChanged) -> None:
        self._dirty.update(self._outgoing)

    def _on_goodbye(self, _event: events.ConnectionTerminated) -> None:
        self._transport.close()

    def _look(self) -> None:
        """Cut off answers that are whole and not read; end a connection that is of no use any more."""
        self._look_timer = self.loop.call_later(LOOK_SECONDS, self._look)
        self._resets = 0
        self._idle_looks = 0 if self._outgoing else self._idle_looks + 1
        if self._idle_looks >= IDLE_LOOKS:
            self.leave()
            return
        unread: dict[int, tuple[int, int]] = {}
        for stream, outgoing in list(self._outgoing.items()):
            if not outgoing.over:
                continue
            size = len(outgoing.body)
            before, looks = self._unread.get(stream, (size, 0))
            looks = looks + 1 if size == before else 0
            if looks * LOOK_SECONDS > self.write_seconds:
                self.cut(stream, whole=False)
            else:
                unread[stream] = (size, looks)
        self._unread = unread

    # Writing.

    def _schedule_flush(self) -> None:
        if not self._flush_scheduled:
            self._flush_scheduled = True
            self.loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_scheduled = False
        if self._dirty and self._writable:
            dirty, self._dirty = self._dirty, set()
            for stream in dirty:
                outgoing = self._outgoing.get(stream)
                if outgoing is not None:
                    self._flush_stream(stream, outgoing)
        data = self._h2.data_to_send()
        if data and not self._transport.is_closing():
            self._transport.write(data)

    def _flush_stream(self, stream: int, outgoing: _Outgoing) -> None:
        connection, body = self._h2, outgoing.body
        try:
            while body:
                room = min(connection.local_flow_control_window(stream), connection.max_outbound_frame_size, len(body))
                if room <= 0:
                    return
                last = outgoing.over and not outgoing.trailers and room == len(body)
                connection.send_data(stream, bytes(memoryview(body)[:room]), end_stream=last)
                del body[:room]
                if last:
                    self._ended(stream, outgoing)
                    return
            if len(body) < HIGH_WATER:
                _wake(outgoing)
            if outgoing.over:
                if outgoing.trailers:
                    connection.send_headers(stream, outgoing.trailers, end_stream=True)
                else:
                    connection.end_stream(stream)
                self._ended(stream, outgoing)
        except H2Error:
            # The client has reset the stream, and its event is on the way.
            self._forget(stream)

    def _ended(self, stream: int, outgoing: _Outgoing) -> None:
        if outgoing.reset:
            with suppress(H2Error):
                self._h2.reset_stream(stream, ErrorCodes.NO_ERROR)
        self._forget(stream)

    def _forget(self, stream: int) -> None:
        outgoing = self._outgoing.pop(stream, None)
        self._users.pop(stream, None)
        if outgoing is not None:
            _wake(outgoing)
        if self._leaving and not self._outgoing:
            self.loop.call_soon(self._close_when_written)

    def _close_when_written(self) -> None:
        self._flush()
        self._transport.close()


_HANDLERS: dict[type[events.Event], Any] = {
    events.RequestReceived: Http2Connection._on_request,
    events.DataReceived: Http2Connection._on_data,
    events.TrailersReceived: Http2Connection._on_trailers,
    events.StreamReset: Http2Connection._on_reset,
    events.WindowUpdated: Http2Connection._on_window,
    events.RemoteSettingsChanged: Http2Connection._on_settings,
    events.ConnectionTerminated: Http2Connection._on_goodbye,
}


def _wake(outgoing: _Outgoing) -> None:
    waiters, outgoing.waiters = outgoing.waiters, []
    for waiter in waiters:
        if not waiter.done():
            waiter.set_result(None)


def _headers(pairs: Iterable[Any]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in pairs:
        key, text = name.decode("ascii", "replace"), value.decode("utf-8", "replace")
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    return headers
