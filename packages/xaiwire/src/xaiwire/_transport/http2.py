"""The client's side of an HTTP/2 connection that carries gRPC. No I/O.

h2 keeps the state of the connection and of its streams. Two kinds of frames are taken before h2 sees them:

- GOAWAY: h2 refuses every frame behind it, and servers that shut down in an orderly way finish the open calls.
- DATA of a response in progress: most of what comes, and h2's events cost several times what the frames do. The flow
  control of these frames is kept here; of all others, by h2.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from h2 import events
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.exceptions import H2Error, StreamClosedError
from h2.settings import SettingCodes, Settings

from xaiwire._transport.header_coding import RememberingDecoder, RememberingEncoder
from xaiwire._transport.model import Failure
from xaiwire._transport.status import copied, failure_of_reset
from xaiwire.errors import StatusCode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hpack import HeaderTuple

    from xaiwire._transport.model import Pairs
    from xaiwire._transport.stream import Stream

__all__ = ["CANCEL", "Http2"]

STREAM_WINDOW = 4 << 20
"""Bytes of a response that may be on the way or wait to be read."""

CONNECTION_WINDOW = 64 << 20
"""The same for all streams of a connection; its bytes are credited as they come, for each stream has its own limit."""

MAX_FRAME = 1 << 14
MAX_HEADER_LIST = 1 << 16
MOST_STREAM_IDS = 1 << 30
CANCEL = int(ErrorCodes.CANCEL)

_FRAME = struct.Struct(">HBBBI")
_WINDOW_UPDATE = struct.Struct(">BHBBII")
_TWO = struct.Struct(">II")
_DATA, _SETTINGS, _GOAWAY = 0, 4, 7
_FRAME_HEADER = 9

_CONFIG = H2Configuration(
    client_side=True,
    # What is sent, is made here; what comes, is read by a client of gRPC that looks at few headers.
    header_encoding=None,
    validate_outbound_headers=False,
    normalize_outbound_headers=False,
    validate_inbound_headers=False,
    normalize_inbound_headers=False,
)


class _Connection(H2Connection):
    # h2 remembers as many closed streams as this; 65,536 of them are megabytes in a connection that lives long.
    MAX_CLOSED_STREAMS = 1024


class Http2:
    """The client's side of a connection.

    Bytes that came go into `feed`, and what is to be sent comes out of `take_output`, after any other method.

    Attributes:
        streams: those whose calls are under way, by number.
        broken: why the connection cannot be used any more; its streams have failed.
        leaving: the server takes no new streams.
        greeted: the server's settings have come, so that it is one that speaks HTTP/2.
        pings: how many pings are unanswered.
        windows_opened: more may be sent than before; who waits for that sets it to False.
    """

    def __init__(self) -> None:
        self.streams: dict[int, Stream] = {}
        self.broken: Failure | None = None
        self.leaving = False
        self.greeted = False
        self.pings = 0
        self.windows_opened = False
        self._goaway = ""
        self._highest = 0
        self._tail = b""
        self._uncredited = 0
        self._frames = bytearray()
        self._h2 = connection = _Connection(_CONFIG)
        connection.encoder = RememberingEncoder()
        connection.decoder = RememberingDecoder(MAX_HEADER_LIST)
        connection.local_settings = Settings(
            client=True,
            initial_values={
                SettingCodes.ENABLE_PUSH: 0,
                SettingCodes.INITIAL_WINDOW_SIZE: STREAM_WINDOW,
                SettingCodes.MAX_FRAME_SIZE: MAX_FRAME,
                SettingCodes.MAX_HEADER_LIST_SIZE: MAX_HEADER_LIST,
            },
        )
        connection.local_settings.pop(SettingCodes.ENABLE_CONNECT_PROTOCOL, None)
        connection.initiate_connection()
        connection.increment_flow_control_window(CONNECTION_WINDOW - 65_535)

    @property
    def usable(self) -> bool:
        """Whether a new stream may be opened."""
        return self.broken is None and not self.leaving

    @property
    def most_streams(self) -> int:
        """How many streams the server allows at once."""
        return self._h2.remote_settings.max_concurrent_streams

    def open(self, stream: Stream, headers: Iterable[HeaderTuple]) -> None:
        """Open a stream with a request's headers.

        Raises:
            Failure: the connection takes no new streams.
        """
        if not self.usable:
            text = self.broken.message if self.broken is not None else self._goaway
            raise Failure(StatusCode.UNAVAILABLE, text, unprocessed=True)
        number = self._highest + 2 if self._highest else 1
        try:
            self._h2.send_headers(number, headers)
        except H2Error as error:
            raise Failure(StatusCode.UNAVAILABLE, f"the stream cannot be opened: {error}", unprocessed=True) from error
        self._highest = stream.id = number
        self.streams[number] = stream
        if number >= MOST_STREAM_IDS:
            self.leaving = True
            self._goaway = "the connection has used its stream numbers"

    def writable(self, stream: Stream) -> int:
        """How many bytes may be sent now, in one frame; 0 if the server has to read first."""
        connection = self._h2
        return min(connection.local_flow_control_window(stream.id), connection.max_outbound_frame_size)

    def send(self, stream: Stream, data: bytes | memoryview, *, last: bool) -> None:
        """Send bytes of the request, at most as many as are writable.

        Args:
            stream: an open one.
            data: the bytes.
            last: nothing comes after them.
        """
        self._h2.send_data(stream.id, data, end_stream=last)
        stream.sent = last

    def reset(self, stream: Stream, code: int = CANCEL) -> None:
        """End a stream from this side; does nothing if it is over."""
        if self.streams.pop(stream.id, None) is None or self.broken is not None:
            return
        # Both sides may have ended it with the frame that is the reason.
        with suppress(StreamClosedError):
            self._h2.reset_stream(stream.id, code)

    def credit(self, stream: Stream) -> bool:
        """Let the server send as much anew as was taken from a stream's inbox; whether there is something to send."""
        taken = stream.uncredited - stream.inbox.queued
        if taken >= STREAM_WINDOW // 4 and stream.id in self.streams and not stream.ended:
            stream.uncredited -= taken
            self._frames += _WINDOW_UPDATE.pack(0, 4, 8, 0, stream.id, taken)
            return True
        return False

    def ping(self) -> None:
        """Ask the server for a sign of life."""
        if self.broken is None:
            self.pings += 1
            self._h2.ping(b"xaiwire.")

    def leave(self) -> None:
        """Tell the server that this side is leaving."""
        if self.broken is None:
            self._h2.close_connection()

    def take_output(self) -> bytes:
        """What is to be sent."""
        output = self._h2.data_to_send()
        if self._frames:
            output += self._frames
            self._frames.clear()
        return output

    def fail(self, failure: Failure) -> None:
        """The connection is over: all of its streams fail."""
        if self.broken is None:
            self.broken = failure
        streams = list(self.streams.values())
        self.streams.clear()
        for stream in streams:
            stream.fail(copied(failure))

    def lost(self, why: str, *, unprocessed: bool = False) -> None:
        """The connection broke, or the server closed it.

        Args:
            why: what happened.
            unprocessed: the server cannot have begun with any of the streams.
        """
        if self._goaway:
            why = f"{why} ({self._goaway})"
        # A server's settings go before all that it does.
        self.fail(Failure(StatusCode.UNAVAILABLE, why, unprocessed=unprocessed or not self.greeted))

    def feed(self, data: bytes) -> None:
        """Take bytes that came; streams get what is theirs. Never raises: what is wrong, breaks the connection."""
        if self._tail:
            data = self._tail + data
        size = len(data)
        if self.broken is not None or (not self.greeted and not self._greet(data)):
            return
        at = run = 0
        streams = self.streams
        try:
            while size - at >= _FRAME_HEADER:
                high, low, kind, flags, number = _FRAME.unpack_from(data, at)
                length = high << 8 | low
                if length > MAX_FRAME:
                    self._violated(f"a frame of {length:,} bytes")
                    return
                begin = at + _FRAME_HEADER
                behind = begin + length
                if behind > size:
                    break
                if kind == _DATA and not flags:
                    if run < at:
                        self._pass_on(data[run:at])
                        run = at
                    stream = streams.get(number)
                    if stream is not None and stream.plain:
                        self._data(stream, data, begin, behind)
                        run = behind
                    elif stream is None and number <= self._highest and number & 1:
                        # On the way when the stream was reset.
                        self._credit_connection(length)
                        run = behind
                elif kind == _GOAWAY:
                    if run < at:
                        self._pass_on(data[run:at])
                    run = behind
                    self._go_away(data[begin:behind])
                at = behind
                if not self._intact():
                    return
            if run < at:
                self._pass_on(data[run:at] if at < size or run else data)
        except H2Error as error:
            self._violated(str(error))
            return
        self._tail = data[at:] if at < size else b""

    def _greet(self, data: bytes) -> bool:
        """Whether the server's first frame has come, which has to be its settings."""
        if data.startswith(b"HTTP/"):
            said = data[:40].split(b"\r")[0].split(b"\n")[0].decode("ascii", "replace")
            text = f"the server does not speak HTTP/2: it says {said!r}"
        elif len(data) < _FRAME_HEADER:
            self._tail = data
            return False
        elif data[3] == _SETTINGS and data[5:9] == b"\0\0\0\0":
            self.greeted = True
            return True
        else:
            text = "the server does not speak HTTP/2: what it says first is not HTTP/2's settings"
        self.fail(Failure(StatusCode.UNAVAILABLE, text, unprocessed=True))
        return False

    def _intact(self) -> bool:
        return self.broken is None

    def _pass_on(self, data: bytes) -> None:
        for event in self._h2.receive_data(data):
            handler = _HANDLERS.get(type(event))
            if handler is not None:
                handler(self, event)

    def _data(self, stream: Stream, data: bytes, begin: int, end: int) -> None:
        length = end - begin
        self._credit_connection(length)
        stream.uncredited += length
        if stream.uncredited > STREAM_WINDOW:
            self._give_up(stream, Failure(StatusCode.INTERNAL, "the server sends more than the window allows"), 3)
            return
        try:
            stream.on_data(data, begin, end)
        except Failure as failure:
            self._give_up(stream, failure)

    def _give_up(self, stream: Stream, failure: Failure, code: int = CANCEL) -> None:
        stream.fail(failure)
        self.reset(stream, code)

    def _credit_connection(self, length: int) -> None:
        self._uncredited += length
        if self._uncredited >= CONNECTION_WINDOW // 4:
            self._frames += _WINDOW_UPDATE.pack(0, 4, 8, 0, 0, self._uncredited)
            self._uncredited = 0

    def _go_away(self, payload: bytes) -> None:
        if len(payload) < 8:
            self._violated("a GOAWAY that breaks off")
            return
        last, code = _TWO.unpack_from(payload)
        said = payload[8:108].decode("utf-8", "replace")
        reason = f"error {code}" + (f", {said!r}" if said else "") if code or said else "no error"
        self._goaway = f"the server closes the connection: {reason}"
        self.leaving = True
        for number, stream in list(self.streams.items()):
            if number > last & 0x7FFFFFFF:
                del self.streams[number]
                stream.fail(Failure(StatusCode.UNAVAILABLE, self._goaway, unprocessed=True))

    def _violated(self, what: str) -> None:
        self.fail(Failure(StatusCode.INTERNAL, f"the server breaks the rules of HTTP/2: {what}"))

    def _settle(self, stream: Stream) -> None:
        """Take an ended stream out; what this side did not say yet, it never will."""
        if not stream.ended:
            return
        if stream.sent and stream.id in self.streams:
            del self.streams[stream.id]
        else:
            self.reset(stream)

    # What h2's events mean.

    def _on_response(self, event: events.ResponseReceived) -> None:
        stream = self.streams.get(event.stream_id)
        if stream is not None:
            status, pairs = _pairs(event.headers)
            ended = event.stream_ended is not None
            stream.on_headers(status, pairs, last=ended)
            if ended:
                self._settle(stream)
            elif stream.ended:
                self.reset(stream)

    def _on_trailers(self, event: events.TrailersReceived) -> None:
        stream = self.streams.get(event.stream_id)
        if stream is not None:
            stream.on_trailers(_pairs(event.headers)[1])
            self._settle(stream)

    def _on_data(self, event: events.DataReceived) -> None:
        self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        stream = self.streams.get(event.stream_id)
        if stream is None:
            return
        try:
            stream.on_data(event.data, 0, len(event.data))
        except Failure as failure:
            self._give_up(stream, failure)
            return
        if event.stream_ended is not None:
            stream.on_end()
            self._settle(stream)

    def _on_reset(self, event: events.StreamReset) -> None:
        stream = self.streams.pop(event.stream_id, None)
        if stream is not None:
            stream.fail(failure_of_reset(int(event.error_code)))

    def _on_ping_answer(self, _event: events.PingAckReceived) -> None:
        self.pings = 0

    def _on_window(self, _event: events.Event) -> None:
        self.windows_opened = True


_HANDLERS: dict[type[events.Event], Any] = {
    events.ResponseReceived: Http2._on_response,
    events.TrailersReceived: Http2._on_trailers,
    events.DataReceived: Http2._on_data,
    events.StreamReset: Http2._on_reset,
    events.PingAckReceived: Http2._on_ping_answer,
    events.WindowUpdated: Http2._on_window,
    events.RemoteSettingsChanged: Http2._on_window,
}


def _pairs(headers: Iterable[Any]) -> tuple[str, Pairs]:
    """A response's `:status`, and its headers without it."""
    status = ""
    pairs = []
    for name, value in headers:
        if name[:1] == b":":
            if name == b":status":
                status = value.decode("ascii", "replace")
        else:
            pairs.append((name.decode("utf-8", "replace"), value.decode("utf-8", "replace")))
    return status, tuple(pairs)
