"""Messages of gRPC in the bytes of a request.

A message is a byte that says whether it is compressed, four bytes of length, and the message:
https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md.
"""

from __future__ import annotations

import struct
import zlib
from collections import deque

from xaiwire import StatusCode
from xaiwire_server.rpc.refusal import Refusal

__all__ = ["Inbox", "envelope", "percent_encoded", "timeout_seconds"]

_PREFIX = struct.Struct(">BI")
_INFLATE_STEP = 1 << 18
_INFLATABLE = frozenset({"gzip", "deflate"})
_UNITS = {"n": 1e-9, "u": 1e-6, "m": 1e-3, "S": 1.0, "M": 60.0, "H": 3600.0}
_PRINTABLE = frozenset(range(0x20, 0x7F)) - {ord("%")}


def envelope(message: bytes) -> bytes:
    """A message with the five bytes that go before it."""
    return _PREFIX.pack(0, len(message)) + message


def timeout_seconds(value: str) -> float:
    """How long the caller waits, by its `grpc-timeout`.

    Raises:
        Refusal: INVALID_ARGUMENT, it is none.
    """
    digits, unit = value[:-1], value[-1:]
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 8 and unit in _UNITS):
        raise Refusal(StatusCode.INVALID_ARGUMENT, f"grpc-timeout: {value!r} is no time")
    return int(digits) * _UNITS[unit]


def percent_encoded(text: str) -> str:
    """A text as `grpc-message` takes it."""
    data = text.encode("utf-8", "replace")
    if all(byte in _PRINTABLE for byte in data):
        return text
    return "".join(chr(byte) if byte in _PRINTABLE else f"%{byte:02X}" for byte in data)


class Inbox:
    """Messages of one request, cut out of its bytes as they come.

    Attributes:
        encoding: what `grpc-encoding` says of compressed messages.
        messages: the whole ones that wait, uncompressed.
    """

    __slots__ = ("_buffer", "_limit", "encoding", "messages")

    def __init__(self, limit: int, encoding: str) -> None:
        """Begin empty.

        Args:
            limit: the largest message that is taken, in bytes, uncompressed.
            encoding: what `grpc-encoding` says.
        """
        self._limit = limit
        self._buffer = bytearray()
        self.encoding = encoding
        self.messages: deque[bytes] = deque()

    @property
    def partial(self) -> bool:
        """Whether the bytes end within a message."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> None:
        """Take bytes.

        Raises:
            Refusal: a message is larger than allowed, or the bytes are not gRPC's.
        """
        buffer = self._buffer
        buffer += data
        at = 0
        while len(buffer) - at >= _PREFIX.size:
            flag, length = _PREFIX.unpack_from(buffer, at)
            self._check(flag, length)
            end = at + _PREFIX.size + length
            if end > len(buffer):
                break
            content = bytes(memoryview(buffer)[at + _PREFIX.size : end])
            self.messages.append(_inflated(content, self._limit) if flag else content)
            at = end
        del buffer[:at]

    def _check(self, flag: int, length: int) -> None:
        if flag > 1:
            raise Refusal(StatusCode.INTERNAL, f"the request is not gRPC: a message begins with {flag}")
        if length > self._limit:
            raise _too_large(length, self._limit)
        if flag and self.encoding not in _INFLATABLE:
            raise Refusal(
                StatusCode.UNIMPLEMENTED,
                f"a message is compressed with {self.encoding!r}; this server takes gzip and deflate",
            )


def _too_large(length: int, limit: int) -> Refusal:
    return Refusal(
        StatusCode.RESOURCE_EXHAUSTED, f"a message of {length:,} bytes came; at most {limit:,} bytes are allowed"
    )


def _inflated(content: bytes, limit: int) -> bytes:
    # zlib tells gzip's header from its own.
    inflater = zlib.decompressobj(wbits=32 + zlib.MAX_WBITS)
    parts: list[bytes] = []
    size = 0
    rest = content
    try:
        while not inflater.eof:
            part = inflater.decompress(rest, min(_INFLATE_STEP, limit + 1 - size))
            size += len(part)
            if size > limit:
                raise _too_large(size, limit)
            rest = inflater.unconsumed_tail
            parts.append(part)
            if not part and not rest and not inflater.eof:
                raise Refusal(StatusCode.INTERNAL, "a compressed message breaks off")
    except zlib.error as error:
        raise Refusal(StatusCode.INTERNAL, f"a compressed message cannot be inflated: {error}") from error
    return b"".join(parts)
