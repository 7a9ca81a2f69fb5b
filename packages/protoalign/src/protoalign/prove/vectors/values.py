"""Values by type: a plain one, zero, and those at the boundaries."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping

from google.protobuf import text_encoding
from google.protobuf.descriptor_pb2 import FieldDescriptorProto

from protoalign.prove.vectors.encoding import Scalar
from protoalign.prove.vectors.shapes import EnumShape, FieldShape

__all__ = ["LONG", "boundaries", "default_of", "plain_enum", "plain_scalar", "unknown_number", "zero"]

FIELD = FieldDescriptorProto
FLOATS = (FIELD.TYPE_FLOAT, FIELD.TYPE_DOUBLE)

LONG = "0123456789abcdef" * 64
"""A string of 1 KiB: its length takes two bytes."""

# Beyond 2**53 JSON numbers lose digits in many languages, so 64-bit integers are strings there.
PAST_JSON_NUMBERS = (1 << 53) + 1
SIGNED_32 = {"minimum": -(1 << 31), "maximum": (1 << 31) - 1, "minus one": -1}
SIGNED_64 = {
    "minimum": -(1 << 63),
    "maximum": (1 << 63) - 1,
    "minus one": -1,
    "past JSON numbers": PAST_JSON_NUMBERS,
}
UNSIGNED_32 = {"maximum": (1 << 32) - 1, "high bit": 1 << 31}
UNSIGNED_64 = {"maximum": (1 << 64) - 1, "high bit": 1 << 63, "past JSON numbers": PAST_JSON_NUMBERS}
NOT_FINITE = {"infinity": math.inf, "minus infinity": -math.inf, "not a number": math.nan, "minus zero": -0.0}


def _single(value: bytes) -> float:
    unpacked: float = struct.unpack("<f", value)[0]
    return unpacked


BOUNDARIES: Mapping[int, Mapping[str, Scalar]] = {
    FIELD.TYPE_INT32: SIGNED_32,
    FIELD.TYPE_SINT32: SIGNED_32,
    FIELD.TYPE_SFIXED32: SIGNED_32,
    FIELD.TYPE_INT64: SIGNED_64,
    FIELD.TYPE_SINT64: SIGNED_64,
    FIELD.TYPE_SFIXED64: SIGNED_64,
    FIELD.TYPE_UINT32: UNSIGNED_32,
    FIELD.TYPE_FIXED32: UNSIGNED_32,
    FIELD.TYPE_UINT64: UNSIGNED_64,
    FIELD.TYPE_FIXED64: UNSIGNED_64,
    FIELD.TYPE_FLOAT: {
        **NOT_FINITE,
        "smallest subnormal": _single(b"\x01\0\0\0"),
        "maximum": _single(b"\xff\xff\x7f\x7f"),
        "large": _single(struct.pack("<f", 1e30)),
        "one tenth": _single(struct.pack("<f", 0.1)),
    },
    FIELD.TYPE_DOUBLE: {
        **NOT_FINITE,
        "smallest subnormal": 5e-324,
        "maximum": 1.7976931348623157e308,
        "one tenth": 0.1,
    },
    FIELD.TYPE_STRING: {"not ASCII": "Zürich 東京", "astral": "\U0001f389", "NUL": "a\0b"},
    FIELD.TYPE_BYTES: {"all values": bytes(range(256)), "not UTF-8": b"\xff\xfe"},
}


def boundaries(field: FieldShape) -> Mapping[str, Scalar]:
    """The values at the boundaries of the field's type, by what they are; none for booleans, enums and messages."""
    return BOUNDARIES.get(field.type, {})


def plain_scalar(field: FieldShape) -> Scalar:
    """A value of the field that is not zero and, where there are enough, not the same for all fields."""
    if field.type == FIELD.TYPE_BOOL:
        return True
    if field.type in FLOATS:
        return field.number % 1000 + 0.5
    if field.type == FIELD.TYPE_STRING:
        return field.name[-24:]
    if field.type == FIELD.TYPE_BYTES:
        return field.name[-24:].encode()
    return plain_enum(field.enum) if field.enum is not None else field.number


def plain_enum(enum: EnumShape) -> int:
    """The first number of the enum that is not zero, or zero where it has none."""
    return next((number for _, number in enum.values if number), 0)


def zero(field: FieldShape) -> Scalar:
    """What stands for nothing in the field's type; of an enum the number 0, or its first one where 0 has no name."""
    if field.enum is not None:
        numbers = [number for _, number in field.enum.values]
        return 0 if 0 in numbers or not numbers else numbers[0]
    if field.type == FIELD.TYPE_BOOL:
        return False
    if field.type in FLOATS:
        return 0.0
    if field.type == FIELD.TYPE_STRING:
        return ""
    return b"" if field.type == FIELD.TYPE_BYTES else 0


def unknown_number(enum: EnumShape) -> int | None:
    """A number that the enum does not name; None where all that are tried have names."""
    named = {number for _, number in enum.values}
    highest = max(named, default=0)
    return next(
        (number for number in (highest + 1, -1, (1 << 31) - 1) if number not in named and number < 1 << 31), None
    )


def default_of(field: FieldShape) -> Scalar | None:
    """The default that the contract writes at the field; None where it writes none, or none that can be read."""
    text = field.default
    if text is None:
        return None
    try:
        if field.enum is not None:
            return dict(field.enum.values).get(text)
        if field.type == FIELD.TYPE_BOOL:
            return text == "true"
        if field.type == FIELD.TYPE_STRING:
            return text if isinstance(text, str) else None
        if field.type == FIELD.TYPE_BYTES:
            return text_encoding.CUnescape(text)
        if field.type in FLOATS:
            value = float(text)
            if math.isnan(value):
                return math.nan
            return _single(struct.pack("<f", value)) if field.type == FIELD.TYPE_FLOAT else value
        return int(text, 0)
    except (ValueError, OverflowError, struct.error):
        return None
