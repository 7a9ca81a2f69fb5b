"""Literals."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protoalign.contract.floats import as_float32, canonical_number
from protoalign.printer.literals import (
    c_unescaped,
    double_literal,
    float_literal,
    is_full_identifier,
    is_identifier,
    is_integer,
    quoted,
)


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ("plain ' ?", '"plain \' ?"'),
        ('a"b\\c', r'"a\"b\\c"'),
        ("\n\r\t\x00\x7f", r'"\n\r\t\000\177"'),
        ("\x011", r'"\0011"'),
        ("é日🎉", '"é日🎉"'),
        ("\u202e\ufeff\u2028\x85", r'"\342\200\256\357\273\277\342\200\250\302\205"'),
        (b"\x00\xff1'\"", r'"\000\3771' + "'" + r'\""'),
        (b"\xc3\xa9", r'"\303\251"'),
    ],
)
def test_quoted(value: str | bytes, literal: str) -> None:
    assert quoted(value) == literal


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_quoted_string_never_ends_early_and_stands_for_itself(value: str) -> None:
    literal = quoted(value)
    assert literal[0] == literal[-1] == '"'
    assert literal.isprintable()
    assert c_unescaped(literal[1:-1]) == value.encode()
    assert '"' not in literal[1:-1].replace(r"\\", "").replace(r"\"", "")


@given(st.binary())
def test_quoted_bytes_stand_for_themselves(value: bytes) -> None:
    literal = quoted(value)
    assert literal.isascii()
    assert c_unescaped(literal[1:-1]) == value


@pytest.mark.parametrize("text", ["\\", "\\8", "\\400", "\\x", "a\\", "\\q"])
def test_a_malformed_escape_is_no_bytes(text: str) -> None:
    assert c_unescaped(text) is None


def test_every_escape_is_understood() -> None:
    assert c_unescaped(r"\a\b\f\n\r\t\v\\\'\"\?\1\12\123\x7\xfF") == b"\a\b\f\n\r\t\v\\'\"?\1\n\x53\x07\xff"


@given(st.floats(width=32, allow_nan=False))
def test_a_float_reads_back(value: float) -> None:
    assert struct.pack("<f", float(float_literal(value))) == struct.pack("<f", value)


@given(st.floats(allow_nan=False))
def test_a_double_reads_back(value: float) -> None:
    assert struct.pack("<d", float(double_literal(value))) == struct.pack("<d", value)


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        (as_float32(0.1), "0.1"),
        (as_float32(1e-45), "1e-45"),
        (as_float32(3.4028235e38), "3.4028235e+38"),
        (-0.0, "-0.0"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (math.nan, "nan"),
        (16777216.0, "16777216.0"),
    ],
)
def test_a_float_has_the_shortest_digits(value: float, literal: str) -> None:
    assert float_literal(value) == literal


@given(st.floats(allow_nan=False), st.booleans())
def test_the_canonical_text_of_a_number_is_stable_and_means_the_number(value: float, single: bool) -> None:
    number = as_float32(value) if single else value
    text = canonical_number(repr(number), single=single)
    assert canonical_number(text, single=single) == text
    read = float(text)
    assert (as_float32(read) if single else read) == number


def test_the_canonical_text_is_protocs() -> None:
    assert canonical_number("3.4028234663852886e+38", single=True) == "3.40282347e+38"
    assert canonical_number("1e-310", single=False) == "9.99999999999997e-311"
    assert canonical_number("1e100", single=True) == "inf"
    assert canonical_number("-nan", single=True) == "nan"
    assert canonical_number("no number", single=True) == "no number"


def test_identifiers() -> None:
    assert all(map(is_identifier, ("a", "_", "A1_b")))
    assert not any(map(is_identifier, ("", "1a", "a.b", "a b", "é", "a\n", b"a", None)))
    assert all(map(is_full_identifier, ("a", "a.b._c")))
    assert not any(map(is_full_identifier, ("", ".a", "a.", "a..b", "a.1", "a.b\n", b"a.b")))
    assert is_integer("-1")
    assert not any(map(is_integer, ("", "-", "1 ", "1;", "0x1", "١")))
