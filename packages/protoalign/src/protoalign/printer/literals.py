"""Values as the literals of .proto text: strings, bytes, numbers, identifiers.

Everything that comes out of a descriptor and goes into text passes through here, so that no value can end its literal
early and go on as code.
"""

from __future__ import annotations

import math
import re

from protoalign.contract.floats import as_float32

__all__ = [
    "c_unescaped",
    "double_literal",
    "float_literal",
    "is_full_identifier",
    "is_identifier",
    "is_integer",
    "quoted",
]

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
FULL_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
INTEGER = re.compile(r"-?[0-9]+")
PLAIN_TEXT = re.compile(r"[ !#-\[\]-~]*")

SHORT_ESCAPES = {"\n": r"\n", "\r": r"\r", "\t": r"\t", '"': r"\"", "\\": r"\\"}

# One escape of a C-escaped text, or one character that stands for itself.
ESCAPED_PIECE = re.compile(rb"\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|([abfnrtv\\'\"?]))|([^\\])", re.DOTALL)
NAMED_ESCAPES = {
    b"a": b"\a",
    b"b": b"\b",
    b"f": b"\f",
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"v": b"\v",
    b"\\": b"\\",
    b"'": b"'",
    b'"': b'"',
    b"?": b"?",
}


def is_identifier(name: object) -> bool:
    """Whether this is one protobuf identifier; names that are not UTF-8 come as bytes and are none."""
    return isinstance(name, str) and IDENTIFIER.fullmatch(name) is not None


def is_full_identifier(name: object) -> bool:
    """Whether this is one or more protobuf identifiers with dots between them."""
    return isinstance(name, str) and FULL_IDENTIFIER.fullmatch(name) is not None


def is_integer(text: object) -> bool:
    """Whether this is a decimal integer as descriptors write one."""
    return isinstance(text, str) and INTEGER.fullmatch(text) is not None


def quoted(value: str | bytes) -> str:
    """A string literal.

    Of a string, printable characters stay as they are and all others, such as control characters and marks that
    change the direction of text, become escapes of their UTF-8 bytes: what a reader sees is what the compiler gets.
    Of bytes, only printable ASCII stays.
    """
    if isinstance(value, bytes):
        return '"' + "".join(_escaped_byte(byte) for byte in value) + '"'
    if PLAIN_TEXT.fullmatch(value):
        return f'"{value}"'
    return '"' + "".join(_escaped_character(character) for character in value) + '"'


def _escaped_character(character: str) -> str:
    if character in SHORT_ESCAPES:
        return SHORT_ESCAPES[character]
    if character.isprintable():
        return character
    return "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", "surrogatepass"))


def _escaped_byte(byte: int) -> str:
    character = chr(byte)
    if character in SHORT_ESCAPES:
        return SHORT_ESCAPES[character]
    # Three digits always, so that a digit behind the escape stays outside it.
    return character if 0x20 <= byte < 0x7F else f"\\{byte:03o}"


def c_unescaped(text: str | bytes) -> bytes | None:
    """The bytes that a C-escaped text stands for, which is how descriptors write a bytes default; None if malformed."""
    raw = text.encode() if isinstance(text, str) else text
    pieces: list[bytes] = []
    position = 0
    while position < len(raw):
        match = ESCAPED_PIECE.match(raw, position)
        if match is None:
            return None
        octal, hexadecimal, named, plain = match.groups()
        if octal:
            value = int(octal, 8)
            if value > 0xFF:
                return None
            pieces.append(bytes((value,)))
        elif hexadecimal:
            pieces.append(bytes((int(hexadecimal, 16),)))
        else:
            pieces.append(plain if named is None else NAMED_ESCAPES[named])
        position = match.end()
    return b"".join(pieces)


def double_literal(value: float) -> str:
    """The shortest literal that reads back as this double."""
    if math.isfinite(value):
        return repr(value)
    sign = "-" if math.copysign(1.0, value) < 0 else ""
    return f"{sign}{'nan' if math.isnan(value) else 'inf'}"


def float_literal(value: float) -> str:
    """The shortest literal that reads back as this 32-bit float, given as the double of the same value."""
    if not math.isfinite(value):
        return double_literal(value)
    for digits in range(1, 10):
        text = f"{value:.{digits}g}"
        if as_float32(float(text)) == value:
            # Through repr: `1e+02` is a literal, but `100.0` is what people write.
            return repr(float(text))
    return repr(value)
