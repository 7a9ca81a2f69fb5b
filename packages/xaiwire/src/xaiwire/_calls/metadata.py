"""Metadata as it goes onto the wire: checked, so that nothing in it can be anything else than metadata.

The rules are gRPC's: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Mapping
from typing import TYPE_CHECKING

from xaiwire.errors import ValidationError

if TYPE_CHECKING:
    from xaiwire._calls.call_info import Pairs
    from xaiwire._services.calls import Metadata

__all__ = ["checked_metadata", "merged_metadata"]

_NAME = re.compile(r"[0-9a-z_.-]+\Z")
_VALUE = re.compile(r"[\x20-\x7e]*\Z")
# What HTTP/2 forbids (RFC 9113, 8.2.2), and what the transport says itself.
_RESERVED = frozenset(
    (
        "connection",
        "content-length",
        "content-type",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "transfer-encoding",
        "upgrade",
        "user-agent",
    )
)


def checked_metadata(metadata: Metadata) -> Pairs:
    """Metadata as pairs that can be sent.

    Names are put into lower case, values of `-bin` names into base64; spaces around a value are left out, as gRPC
    allows servers to do.

    Args:
        metadata: names to values, or pairs of them.

    Raises:
        TypeError: it is neither, or a value is neither text nor bytes.
        ValidationError: a name or a value cannot be sent. The message never shows a value.
    """
    pairs = metadata.items() if isinstance(metadata, Mapping) else metadata
    return tuple([_pair(*_two(pair)) for pair in pairs])


def merged_metadata(base: Pairs, more: Pairs) -> Pairs:
    """Metadata of which one part takes the place of what has the same name in the other."""
    if not base or not more:
        return base or more
    replaced = {name for name, _ in more}
    return (*(pair for pair in base if pair[0] not in replaced), *more)


def _two(pair: object) -> tuple[object, object]:
    if isinstance(pair, tuple | list) and len(pair) == 2:
        return pair[0], pair[1]
    raise TypeError("metadata takes pairs of a name and a value, or a mapping")


def _pair(name: object, value: object) -> tuple[str, str]:
    if not isinstance(name, str):
        raise TypeError(f"the name of metadata is text, and not {type(name).__name__}")
    lower = name.lower()
    if lower.startswith((":", "grpc-")) or lower in _RESERVED:
        raise ValidationError(f"the metadata {lower[:80]!r} cannot be set: the protocol uses that name itself")
    # Of some letters beyond ASCII, the lower case is within.
    if not name.isascii() or not _NAME.match(lower):
        raise ValidationError(
            f"the name {lower[:80]!r} cannot be that of metadata: it may have letters, digits, '_', '-' and '.'"
        )
    if lower.endswith("-bin"):
        if not isinstance(value, bytes):
            raise ValidationError(f"the metadata {lower!r} takes bytes, as all whose names end in -bin")
        return lower, b2a_base64(value, newline=False).decode().rstrip("=")
    if isinstance(value, bytes):
        raise ValidationError(f"the metadata {lower!r} takes text: only names that end in -bin take bytes")
    if not isinstance(value, str):
        raise TypeError(f"the value of the metadata {lower!r} is text, and not {type(value).__name__}")
    if not _VALUE.match(value):
        raise ValidationError(
            f"the value of the metadata {lower!r} cannot be sent: it may have printable ASCII characters alone, "
            f"and no line breaks; bytes go under a name that ends in -bin"
        )
    return lower, value.strip(" ")
