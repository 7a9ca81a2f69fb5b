"""HPACK that remembers.

Calls of one connection have nearly the same headers, and a header block that touches no table is the same bytes each
time. Most of what a call costs in pure Python is the coding of these blocks; here it is done once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hpack import Decoder, Encoder, HeaderTuple, NeverIndexedHeaderTuple

__all__ = ["VARIABLE", "RememberingDecoder", "RememberingEncoder", "header_tuple"]

VARIABLE = frozenset({"grpc-timeout", "x-request-id", "traceparent"})
"""Headers that differ from call to call: in the table, they would drive out what does not. They stand last."""

LONGEST_VARIABLE = 126
"""Bytes; what is longer needs more than one byte for its length, and is coded like all others."""

_MOST = 256
_LONGEST = 1024
_SECRET = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key"})
# A literal, never indexed, with its name: RFC 7541, 6.2.3.
_LITERALS = {name.encode(): bytes((0x10, len(name))) + name.encode() for name in VARIABLE}


def header_tuple(name: str, value: str) -> HeaderTuple:
    """A header; secrets are marked as never to be indexed, also by intermediaries, and hpack does not log them."""
    kind = NeverIndexedHeaderTuple if name in _SECRET else HeaderTuple
    return kind(name.encode(), value.encode())


class RememberingEncoder(Encoder):
    """An encoder that knows the blocks that it has made.

    A block stays what it is while the table does. Entries come in at the table's front and go out at its end, so that
    its first entry and its length tell whether it changed.
    """

    def __init__(self) -> None:
        super().__init__()
        self._blocks: dict[tuple[Any, ...], bytes] = {}
        self._front: object = None
        self._length = 0

    @property
    def header_table_size(self) -> int:
        """How large the table is; hpack forgets to tell the peer of a size that is set twice before the next block."""
        return self.header_table.maxsize

    @header_table_size.setter
    def header_table_size(self, value: int) -> None:
        if value != self.header_table.maxsize:
            self.header_table.maxsize = value
            self.table_size_changes.append(value)

    def encode(self, headers: Iterable[Any], huffman: bool = True) -> bytes:
        """The block of some headers; those that differ from call to call are the last ones."""
        fixed = list(headers)
        last = b""
        while fixed and (literal := _LITERALS.get(fixed[-1][0])) is not None:
            value = fixed[-1][1]
            if len(value) > LONGEST_VARIABLE:
                break
            fixed.pop()
            last = literal + bytes((len(value),)) + value + last
        key = tuple(fixed)
        table = self.header_table
        entries = table.dynamic_entries
        same = not table.resized and len(entries) == self._length and (not entries or entries[0] is self._front)
        if not same:
            self._blocks.clear()
        elif (known := self._blocks.get(key)) is not None:
            return known + last
        before, length, resized = (entries[0] if entries else None), len(entries), table.resized
        block = super().encode(fixed, huffman)
        self._front, self._length = (entries[0] if entries else None), len(entries)
        if resized or self._front is not before or self._length != length or len(self._blocks) >= _MOST:
            self._blocks.clear()
        else:
            self._blocks[key] = block
        return block + last


class RememberingDecoder(Decoder):
    """A decoder that knows the blocks that it has read; see RememberingEncoder."""

    def __init__(self, max_header_list_size: int) -> None:
        super().__init__(max_header_list_size)
        self._blocks: dict[bytes, Iterable[HeaderTuple]] = {}

    def decode(self, data: bytes, raw: bool = False) -> Iterable[HeaderTuple]:
        """The headers of a block; what is remembered are raw ones, as h2 asks for them."""
        if not data or not raw:
            return super().decode(data, raw) if data else []
        known = self._blocks.get(data)
        if known is not None:
            return known
        entries = self.header_table.dynamic_entries
        before = entries[0] if entries else None
        headers = super().decode(data, raw)
        after = entries[0] if entries else None
        # 001xxxxx changes the table's size, only ever at the front of a block: RFC 7541, 4.2 and 6.3.
        if after is not before or 0x20 <= data[0] < 0x40:
            self._blocks.clear()
        elif len(self._blocks) < _MOST and len(data) <= _LONGEST:
            self._blocks[data] = headers
        return headers
