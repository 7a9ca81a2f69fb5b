"""The outermost fields of a serialized message, without parsing what is inside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from protoalign.errors import DescriptorError

__all__ = ["WireField", "wire_fields"]

VARINT, FIXED64, LENGTH_DELIMITED, START_GROUP, END_GROUP, FIXED32 = range(6)
MAX_VARINT_BYTES = 10


@dataclass(frozen=True, slots=True)
class WireField:
    """One field as it stands in the bytes.

    Attributes:
        number: the field's number.
        start: where its tag begins.
        content: where the content of a length-delimited field begins; of any other, where its value begins.
        end: where the next field begins.
        length_delimited: whether it is a string, bytes or a message.
    """

    number: int
    start: int
    content: int
    end: int
    length_delimited: bool


def wire_fields(data: bytes, *, where: str = "") -> Iterator[WireField]:
    """Yield the outermost fields in their order.

    Raises:
        DescriptorError: the bytes are no serialized message. Groups are refused too: no descriptor has one outermost.
    """
    position = 0
    size = len(data)
    while position < size:
        start = position
        tag, position = _varint(data, position, where)
        number, wire_type = tag >> 3, tag & 7
        if number == 0:
            raise _refused(start, where)
        content = position
        if wire_type == VARINT:
            _, position = _varint(data, position, where)
        elif wire_type == FIXED64:
            position += 8
        elif wire_type == FIXED32:
            position += 4
        elif wire_type == LENGTH_DELIMITED:
            length, content = _varint(data, position, where)
            position = content + length
        else:
            raise _refused(start, where)
        if position > size:
            raise _refused(start, where)
        yield WireField(number, start, content, position, wire_type == LENGTH_DELIMITED)


def _varint(data: bytes, position: int, where: str) -> tuple[int, int]:
    value = 0
    for index in range(MAX_VARINT_BYTES):
        if position + index >= len(data):
            break
        byte = data[position + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, position + index + 1
    raise _refused(position, where)


def _refused(position: int, where: str) -> DescriptorError:
    return DescriptorError(f"the bytes are no serialized message (at byte {position})", where=where)
