"""Messages of gRPC in the bytes of a stream.

A message is a byte that says whether it is compressed, four bytes of length, and the message:
https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md.
"""

from __future__ import annotations

import struct
import zlib
from collections import deque

from xaiwire._transport.model import Failure
from xaiwire.errors import StatusCode

__all__ = ["ACCEPT_ENCODING", "PREFIX", "Inbox", "envelope_prefix", "inflate", "timeout_value"]

PREFIX = 5
"""Bytes before each message."""

ACCEPT_ENCODING = "gzip, identity"
"""What `grpc-accept-encoding` says."""

_PREFIX = struct.Struct(">BI")
_INFLATE_STEP = 1 << 18
_INFLATABLE = frozenset({"gzip", "deflate"})
# zlib tells gzip's header from its own.
_EITHER = 32 + zlib.MAX_WBITS


class _Compressed(bytes):
    """A message as it came; it is inflated when it is taken, so that many small ones cannot fill the memory."""

    __slots__ = ()


def envelope_prefix(length: int, limit: int) -> bytes:
    """The bytes that go before a message.

    Args:
        length: of the message, in bytes.
        limit: what it may be at most.

    Raises:
        Failure: RESOURCE_EXHAUSTED, the message is too large.
    """
    if length > limit:
        raise Failure(
            StatusCode.RESOURCE_EXHAUSTED,
            f"the message to be sent has {length:,} bytes; at most {limit:,} are allowed",
            unprocessed=True,
        )
    return _PREFIX.pack(0, length)


def inflate(content: bytes, limit: int) -> bytes:
    """A message that was compressed with gzip or, as some servers do unasked, with deflate.

    Args:
        content: what came.
        limit: what the message may be at most, in bytes; no more memory than that is taken.

    Raises:
        Failure: RESOURCE_EXHAUSTED if it is larger, INTERNAL if it is neither.
    """
    inflater = zlib.decompressobj(wbits=_EITHER)
    parts: list[bytes] = []
    size = 0
    rest = content
    try:
        while not inflater.eof:
            part = inflater.decompress(rest, min(_INFLATE_STEP, limit + 1 - size))
            size += len(part)
            if size > limit:
                raise Failure(
                    StatusCode.RESOURCE_EXHAUSTED,
                    f"a message of {len(content):,} compressed bytes comes that is larger than the {limit:,} allowed",
                )
            rest = inflater.unconsumed_tail
            parts.append(part)
            if not part and not rest and not inflater.eof:
                raise Failure(StatusCode.INTERNAL, "a compressed message came that breaks off")
    except zlib.error as error:
        raise Failure(StatusCode.INTERNAL, f"a compressed message came that cannot be inflated: {error}") from error
    return b"".join(parts)


class Inbox:
    """Messages of one response, cut out of its bytes as they come.

    Attributes:
        encoding: what `grpc-encoding` says of compressed messages.
        queued: bytes of the whole messages that wait to be taken, as they came.
    """

    __slots__ = ("_buffer", "_limit", "_messages", "encoding", "queued")

    def __init__(self, limit: int) -> None:
        """Begin empty.

        Args:
            limit: the largest message that is taken, in bytes, uncompressed.
        """
        self._limit = limit
        self._buffer = bytearray()
        self._messages: deque[bytes] = deque()
        self.encoding = "identity"
        self.queued = 0

    @property
    def partial(self) -> bool:
        """Whether the bytes end within a message."""
        return bool(self._buffer)

    def feed(self, data: bytes, start: int, end: int) -> None:
        """Take the bytes `data[start:end]`.

        Raises:
            Failure: a message is larger than allowed, or the bytes are not gRPC's.
        """
        buffer = self._buffer
        if not buffer:
            self._cut(data, start, end)
            return
        buffer += memoryview(data)[start:end]
        if len(buffer) < PREFIX:
            return
        flag, length = _PREFIX.unpack_from(buffer)
        if flag or length > self._limit:
            self._check(flag, length)
        behind = PREFIX + length
        if len(buffer) >= behind:
            with memoryview(buffer) as view:
                content, rest = bytes(view[PREFIX:behind]), bytes(view[behind:])
            buffer.clear()
            self._queue(flag, content)
            self._cut(rest, 0, len(rest))

    def take(self) -> bytes | None:
        """The next message; None if it is not there yet.

        Raises:
            Failure: it cannot be decompressed, or is too large.
        """
        if not self._messages:
            return None
        message = self._messages.popleft()
        self.queued -= PREFIX + len(message)
        return inflate(message, self._limit) if type(message) is _Compressed else message

    def _cut(self, data: bytes, start: int, end: int) -> None:
        while end - start >= PREFIX:
            flag, length = _PREFIX.unpack_from(data, start)
            if flag or length > self._limit:
                self._check(flag, length)
            behind = start + PREFIX + length
            if behind > end:
                break
            self._queue(flag, data[start + PREFIX : behind])
            start = behind
        if start < end:
            self._buffer += memoryview(data)[start:end]

    def _queue(self, flag: int, content: bytes) -> None:
        self._messages.append(_Compressed(content) if flag else content)
        self.queued += PREFIX + len(content)

    def _check(self, flag: int, length: int) -> None:
        if flag > 1:
            raise Failure(StatusCode.INTERNAL, f"the server sends what is not gRPC: a message that begins with {flag}")
        if length > self._limit:
            raise Failure(
                StatusCode.RESOURCE_EXHAUSTED,
                f"a message of {length:,} bytes comes; at most {self._limit:,} are allowed",
            )
        if self.encoding not in _INFLATABLE:
            raise Failure(
                StatusCode.INTERNAL,
                f"a compressed message came in the encoding {self.encoding!r}; only gzip was offered",
            )


def timeout_value(seconds: float) -> str:
    """What `grpc-timeout` says for a number of seconds: at most eight digits and a unit, never less than asked for.

    Of an hour that is left, no server needs microseconds; units are chosen so that the text stays short.
    """
    if seconds <= 0:
        return "1n"
    for unit, size in (("u", 1e-6), ("m", 1e-3), ("S", 1.0), ("M", 60.0), ("H", 3600.0)):
        count = -int(-seconds / size // 1)
        if count < 10**8:
            return f"{max(count, 1)}{unit}"
    return "99999999H"
