"""Floating-point numbers as descriptors write them: the text of a field's default."""

from __future__ import annotations

import math
import re
import struct

__all__ = ["as_float32", "canonical_number", "parse_number"]

NUMBER = re.compile(r"-?(?:inf|nan|[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)")


def parse_number(text: object) -> float | None:
    """The number that a descriptor's text stands for, such as `1.5`, `1e+20`, `-inf`; None where it is none."""
    return float(text) if isinstance(text, str) and NUMBER.fullmatch(text) else None


def as_float32(value: float) -> float:
    """The 32-bit float nearest to a double, as a double."""
    try:
        (rounded,) = struct.unpack("<f", struct.pack("<f", value))
    except OverflowError:
        return math.copysign(math.inf, value)
    return float(rounded)


def canonical_number(text: str, *, single: bool) -> str:
    """The digits that protoc writes for the number: few if they are exact, else as many as are surely enough.

    Source: `SimpleFtoa` and `SimpleDtoa` in protobuf's io/strtod.cc. buf writes a float's default with the digits of a
    double and a double's with as few as possible; the number is the same.

    Args:
        text: the text; one that is no number stays as it is.
        single: whether it is the default of a `float`, else of a `double`.
    """
    number = parse_number(text)
    if number is None:
        return text
    value = as_float32(number) if single else number
    if math.isnan(value):
        return "nan"
    short, long = ("6g", "9g") if single else ("15g", "17g")
    written = format(value, f".{short}")
    read = float(written)
    return written if (as_float32(read) if single else read) == value else format(value, f".{long}")
