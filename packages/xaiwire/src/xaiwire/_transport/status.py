"""How a call ended, read off the headers and trailers of its response."""

from __future__ import annotations

import re
import time
from base64 import b64decode
from binascii import Error as Base64Error
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from xaiwire._transport.model import Failure
from xaiwire.errors import ErrorDetail, StatusCode

if TYPE_CHECKING:
    from xaiwire._transport.model import Pairs

__all__ = [
    "copied",
    "deadline_failure",
    "explained",
    "failure_of_http",
    "failure_of_reset",
    "failure_of_trailers",
    "first",
    "is_grpc",
]

# https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md
_OF_HTTP = {
    "400": StatusCode.INTERNAL,
    "401": StatusCode.UNAUTHENTICATED,
    "403": StatusCode.PERMISSION_DENIED,
    "404": StatusCode.UNIMPLEMENTED,
    "429": StatusCode.UNAVAILABLE,
    "502": StatusCode.UNAVAILABLE,
    "503": StatusCode.UNAVAILABLE,
    "504": StatusCode.UNAVAILABLE,
}

# https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#errors; what is left out is INTERNAL.
_OF_RESET = {
    7: StatusCode.UNAVAILABLE,
    8: StatusCode.CANCELLED,
    11: StatusCode.RESOURCE_EXHAUSTED,
    12: StatusCode.PERMISSION_DENIED,
    13: StatusCode.UNKNOWN,
}
_RESET_NAMES = (
    "NO_ERROR",
    "PROTOCOL_ERROR",
    "INTERNAL_ERROR",
    "FLOW_CONTROL_ERROR",
    "SETTINGS_TIMEOUT",
    "STREAM_CLOSED",
    "FRAME_SIZE_ERROR",
    "REFUSED_STREAM",
    "CANCEL",
    "COMPRESSION_ERROR",
    "CONNECT_ERROR",
    "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY",
    "HTTP_1_1_REQUIRED",
)
REFUSED_STREAM = 7
CLOCK = 0.01
"""Seconds that the server's clock may be ahead."""

_DIGITS = re.compile(r"[0-9]{1,9}\Z")


def first(pairs: Pairs, wanted: str) -> str | None:
    """The first value of a name."""
    for name, value in pairs:
        if name == wanted:
            return value
    return None


def is_grpc(headers: Pairs) -> bool:
    """Whether a response says that it is gRPC: `application/grpc`, also with a suffix or parameters."""
    kind = (first(headers, "content-type") or "").lower()
    return kind.startswith("application/grpc") and kind[16:17] in ("", "+", ";", " ")


def failure_of_trailers(trailers: Pairs, http_status: str = "200") -> Failure | None:
    """How a call ended.

    Args:
        trailers: the response's trailers; of a response of trailers alone, its headers.
        http_status: what `:status` said; it counts where there is no `grpc-status`.

    Returns:
        None if the status is OK.
    """
    text = first(trailers, "grpc-status")
    if text == "0":
        return None
    message = _decoded(first(trailers, "grpc-message") or "")
    if text is None:
        if http_status != "200":
            return failure_of_http(http_status, trailers)
        return Failure(StatusCode.UNKNOWN, "the response ends without a grpc-status")
    if not _DIGITS.match(text):
        return Failure(StatusCode.UNKNOWN, f"the response ends with the invalid grpc-status {text[:40]!r}: {message}")
    try:
        code = StatusCode(int(text))
    except ValueError:
        return Failure(StatusCode.UNKNOWN, f"the response ends with the unknown status {text}: {message}")
    if code is StatusCode.OK:
        return None
    return Failure(code, message, details=_details(first(trailers, "grpc-status-details-bin")))


def failure_of_http(http_status: str, headers: Pairs) -> Failure:
    """What a response means that is not gRPC's: an answer of a proxy, or of a web server."""
    kind = first(headers, "content-type")
    says = f"; its content-type is {kind[:80]!r}" if kind is not None else ""
    code = _OF_HTTP.get(http_status, StatusCode.UNKNOWN)
    return Failure(code, f"the answer is HTTP status {http_status[:8]} and not gRPC{says}")


def failure_of_reset(code: int) -> Failure:
    """What a RST_STREAM of the server means.

    Args:
        code: HTTP/2's error code.
    """
    name = _RESET_NAMES[code] if code < len(_RESET_NAMES) else f"error code {code}"
    return Failure(
        _OF_RESET.get(code, StatusCode.INTERNAL),
        f"the server reset the stream: {name}",
        unprocessed=code == REFUSED_STREAM,
    )


def deadline_failure() -> Failure:
    """What a call ends with whose deadline is over."""
    return Failure(StatusCode.DEADLINE_EXCEEDED, "the call took longer than its timeout")


def copied(failure: Failure) -> Failure:
    """A failure of its own for each of several calls: an exception keeps where it was raised."""
    return Failure(failure.code, failure.message, details=failure.details, unprocessed=failure.unprocessed)


def explained(failure: Failure, deadline: float | None) -> Failure:
    """What a call really ended with: a server that knows the deadline may cancel the stream by itself."""
    if failure.code is StatusCode.CANCELLED and deadline is not None and time.monotonic() >= deadline - CLOCK:
        return deadline_failure()
    return failure


def _decoded(message: str) -> str:
    """The text of a grpc-message: percent-encoded UTF-8; what is not, stays as it is."""
    return unquote_to_bytes(message).decode("utf-8", "replace") if "%" in message else message


def _details(text: str | None) -> tuple[ErrorDetail, ...]:
    """The details of a google.rpc.Status; none where they cannot be read, for the status itself is known."""
    if not text:
        return ()
    # Of values that intermediaries joined with commas, the first one; padding is optional.
    encoded = text.partition(",")[0].strip().rstrip("=")
    try:
        content = b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
        return tuple(_any(field) for number, field in _fields(content) if number == 3)
    except (Base64Error, ValueError):
        return ()


def _any(content: bytes) -> ErrorDetail:
    type_url, value = "", b""
    for number, field in _fields(content):
        if number == 1:
            type_url = field.decode("utf-8", "replace")
        elif number == 2:
            value = field
    return ErrorDetail(type_url.rpartition("/")[2], value)


def _fields(content: bytes) -> list[tuple[int, bytes]]:
    """The length-delimited fields of a message; google.rpc.Status and Any need no more."""
    fields: list[tuple[int, bytes]] = []
    at = 0
    while at < len(content):
        tag, at = _varint(content, at)
        match tag & 7:
            case 0:
                _, at = _varint(content, at)
            case 1:
                at += 8
            case 2:
                length, at = _varint(content, at)
                fields.append((tag >> 3, content[at : at + length]))
                at += length
            case 5:
                at += 4
            case _:
                raise ValueError("a group")
    if at > len(content):
        raise ValueError("a field breaks off")
    return fields


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(content):
            raise ValueError("a number breaks off")
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("a number is too long")
