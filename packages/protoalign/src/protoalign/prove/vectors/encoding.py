"""A small protobuf encoder: values as trees in, deterministic bytes out.

It knows wire types, field order, presence, packing and groups, and nothing of any runtime, so that every runtime can
be held against it. Order: fields by number, map entries by key (strings by their UTF-8 bytes, numbers by value, false
before true), unknown fields last.
Source: protobuf's encoding specification.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from google.protobuf.descriptor_pb2 import FieldDescriptorProto

from protoalign.prove.vectors.shapes import FieldShape

__all__ = [
    "WIRE_TYPES",
    "Entries",
    "Filled",
    "Scalar",
    "Single",
    "Value",
    "WireType",
    "encoded",
    "encoded_elements",
    "encoded_entry",
    "encoded_field",
    "is_zero",
    "known_part",
    "packed_block",
    "payload",
    "record",
    "tag",
    "varint",
]

FIELD = FieldDescriptorProto
BITS_64 = (1 << 64) - 1

Scalar: TypeAlias = int | float | str | bytes


class WireType(IntEnum):
    """How what follows a tag is delimited."""

    VARINT = 0
    I64 = 1
    LEN = 2
    SGROUP = 3
    EGROUP = 4
    I32 = 5


@dataclass(frozen=True, slots=True, eq=False)
class Filled:
    """A message with values.

    Attributes:
        fields: the fields that are set, each once, with their values; the order does not matter.
        unknown: the bytes of fields that the message does not know.
    """

    fields: tuple[tuple[FieldShape, Value], ...] = ()
    unknown: bytes = b""


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """A map's value.

    Attributes:
        key: the field `key` of its entries.
        value: the field `value` of its entries.
        pairs: keys, each once, with their values; the order does not matter.
    """

    key: FieldShape
    value: FieldShape
    pairs: tuple[tuple[Scalar, Single], ...]


Single: TypeAlias = Scalar | Filled
Value: TypeAlias = Single | tuple[Single, ...] | Entries

WIRE_TYPES = {
    FIELD.TYPE_DOUBLE: WireType.I64,
    FIELD.TYPE_FLOAT: WireType.I32,
    FIELD.TYPE_INT64: WireType.VARINT,
    FIELD.TYPE_UINT64: WireType.VARINT,
    FIELD.TYPE_INT32: WireType.VARINT,
    FIELD.TYPE_FIXED64: WireType.I64,
    FIELD.TYPE_FIXED32: WireType.I32,
    FIELD.TYPE_BOOL: WireType.VARINT,
    FIELD.TYPE_STRING: WireType.LEN,
    FIELD.TYPE_GROUP: WireType.LEN,
    FIELD.TYPE_MESSAGE: WireType.LEN,
    FIELD.TYPE_BYTES: WireType.LEN,
    FIELD.TYPE_UINT32: WireType.VARINT,
    FIELD.TYPE_ENUM: WireType.VARINT,
    FIELD.TYPE_SFIXED32: WireType.I32,
    FIELD.TYPE_SFIXED64: WireType.I64,
    FIELD.TYPE_SINT32: WireType.VARINT,
    FIELD.TYPE_SINT64: WireType.VARINT,
}
"""The wire type of each field type; a message that is delimited has start and end tags instead."""


def _fixed(format_: str) -> Callable[[Scalar], bytes]:
    return struct.Struct(format_).pack


def _zigzag(value: Scalar) -> bytes:
    number = int(value)
    return varint(number << 1 if number >= 0 else (-number << 1) - 1)


PAYLOADS: dict[int, Callable[[Scalar], bytes]] = {
    FIELD.TYPE_DOUBLE: _fixed("<d"),
    FIELD.TYPE_FLOAT: _fixed("<f"),
    FIELD.TYPE_FIXED64: _fixed("<Q"),
    FIELD.TYPE_FIXED32: _fixed("<I"),
    FIELD.TYPE_SFIXED64: _fixed("<q"),
    FIELD.TYPE_SFIXED32: _fixed("<i"),
    FIELD.TYPE_SINT32: _zigzag,
    FIELD.TYPE_SINT64: _zigzag,
}


def varint(value: int, *, extra: int = 0) -> bytes:
    """A number as a varint; negative ones as their 64-bit two's complement.

    Args:
        value: the number, less than 2**64.
        extra: how many more bytes than needed to write; decoders accept them.
    """
    rest = value & BITS_64
    out = bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    if extra:
        out[-1] |= 0x80
        out += b"\x80" * (extra - 1) + b"\0"
    return bytes(out)


def tag(number: int, wire_type: WireType) -> bytes:
    """A field's tag."""
    return varint(number << 3 | wire_type)


def record(number: int, content: bytes) -> bytes:
    """A field of wire type LEN."""
    return tag(number, WireType.LEN) + varint(len(content)) + content


def is_zero(value: Value) -> bool:
    """Whether it is what an unset field of implicit presence reads as; a negative zero is not."""
    if isinstance(value, float):
        return value == 0 and math.copysign(1, value) > 0
    return isinstance(value, int | str | bytes) and not value


def payload(field: FieldShape, value: Scalar) -> bytes:
    """A scalar without tag or length."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bytes):
        return value
    known = PAYLOADS.get(field.type)
    return known(value) if known is not None else varint(int(value))


def encoded_field(field: FieldShape, value: Value) -> bytes:
    """A field with its value; nothing where its presence is implicit and the value zero."""
    if isinstance(value, Entries):
        # For one key type Python orders bool, int and str (by code points, as UTF-8 does) as wanted.
        pairs = sorted(value.pairs, key=lambda pair: pair[0])
        return b"".join(
            record(field.number, encoded_entry(value.key, key) + encoded_entry(value.value, each))
            for key, each in pairs
        )
    if isinstance(value, tuple):
        return packed_block(field, value) if field.is_packed and value else encoded_elements(field, value)
    if field.presence == "implicit" and is_zero(value):
        return b""
    return encoded_elements(field, (value,))


def encoded_entry(field: FieldShape, value: Single) -> bytes:
    """The key or the value of a map's entry, written even where it is zero."""
    return encoded_elements(field, (value,))


def encoded_elements(field: FieldShape, values: tuple[Single, ...]) -> bytes:
    """Values one after another, each with its tag."""
    return b"".join(_element(field, value) for value in values)


def packed_block(field: FieldShape, values: tuple[Single, ...]) -> bytes:
    """Numbers as one block."""
    return record(field.number, b"".join(payload(field, value) for value in values if not isinstance(value, Filled)))


def encoded(message: Filled) -> bytes:
    """The message's bytes."""
    ordered = sorted(message.fields, key=lambda entry: entry[0].number)
    return b"".join(encoded_field(field, value) for field, value in ordered) + message.unknown


def known_part(message: Filled) -> Filled:
    """The message without unknown fields, at any depth."""
    return Filled(tuple((field, _known_value(value)) for field, value in message.fields))


def _known_value(value: Value) -> Value:
    if isinstance(value, Entries):
        pairs = tuple((key, known_part(each) if isinstance(each, Filled) else each) for key, each in value.pairs)
        return Entries(value.key, value.value, pairs)
    if isinstance(value, tuple):
        return tuple(known_part(each) if isinstance(each, Filled) else each for each in value)
    return known_part(value) if isinstance(value, Filled) else value


def _element(field: FieldShape, value: Single) -> bytes:
    if isinstance(value, Filled):
        content = encoded(value)
        if field.is_delimited:
            return tag(field.number, WireType.SGROUP) + content + tag(field.number, WireType.EGROUP)
        return record(field.number, content)
    wire_type = WIRE_TYPES[field.type]  # type: ignore[index]
    content = payload(field, value)
    return record(field.number, content) if wire_type is WireType.LEN else tag(field.number, wire_type) + content
