"""How long a server asks to wait before another attempt."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xaiwire._transport.model import Pairs
    from xaiwire.errors import ErrorDetail

__all__ = ["NO_MORE", "server_delay"]

NO_MORE = math.inf
"""The server asks for no further attempts."""

_DIGITS = re.compile(r"[0-9]{1,15}\Z")
# The largest a google.protobuf.Duration may be: https://protobuf.dev/reference/protobuf/google.protobuf/#duration.
_MOST_SECONDS = 315_576_000_000


def server_delay(
    headers: Pairs, trailers: Pairs, details: tuple[ErrorDetail, ...], wall_clock: Callable[[], float]
) -> float | None:
    """How long a server asks to wait: its push-back, else its `retry-after`, else its RetryInfo.

    Args:
        headers: the answer's headers.
        trailers: the answer's trailers.
        details: what the server attached to its status.
        wall_clock: the time of day in seconds since 1970, for a `retry-after` that names a date.

    Returns:
        Seconds; NO_MORE if it asks for no further attempts; None if it says nothing that can be read.
    """
    after: float | None = None
    for name, value in (*trailers, *headers):
        if name == "grpc-retry-pushback-ms":
            # gRPC's proposal A6: what is negative or no number says that there is to be no other attempt.
            return int(value) / 1000 if _DIGITS.match(value) else NO_MORE
        if name == "retry-after" and after is None:
            after = _retry_after(value.strip(), wall_clock)
    if after is not None:
        return after
    for detail in details:
        if detail.type_name == "google.rpc.RetryInfo":
            return _retry_info(detail.content)
    return None


def _retry_after(value: str, wall_clock: Callable[[], float]) -> float | None:
    """RFC 9110, 10.2.3: seconds or a date."""
    if _DIGITS.match(value):
        return float(value)
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - wall_clock())
    except (ValueError, OverflowError):
        return None


def _retry_info(content: bytes) -> float | None:
    """The `retry_delay` of a google.rpc.RetryInfo, which is a google.protobuf.Duration in its field 1."""
    seconds = nanos = 0
    try:
        delays = [value for number, value in _fields(content) if number == 1 and isinstance(value, bytes)]
        if not delays:
            return None
        for number, value in _fields(delays[-1]):
            if isinstance(value, int):
                signed = value - (1 << 64) if value >= 1 << 63 else value
                seconds = signed if number == 1 else seconds
                nanos = signed if number == 2 else nanos
    except ValueError:
        return None
    if abs(seconds) > _MOST_SECONDS or abs(nanos) >= 1_000_000_000:
        return None
    return max(0.0, seconds + nanos / 1e9)


def _fields(content: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a message, by number; numbers as they are on the wire.

    Raises:
        ValueError: the bytes are no message.
    """
    at = 0
    while at < len(content):
        tag, at = _varint(content, at)
        match tag & 7:
            case 0:
                value, at = _varint(content, at)
                yield tag >> 3, value
            case 2:
                length, at = _varint(content, at)
                if at + length > len(content):
                    raise ValueError("a field breaks off")
                yield tag >> 3, content[at : at + length]
                at += length
            case 1:
                at += 8
            case 5:
                at += 4
            case _:
                raise ValueError("a group")


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(content):
            break
        value |= (content[at] & 0x7F) << shift
        at += 1
        if content[at - 1] < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at
    raise ValueError("a number breaks off")
