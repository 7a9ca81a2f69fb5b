"""Go literals: whatever Go prints is read back, and nothing else is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protoalign.errors import ModuleSyntaxError, ProtoalignError
from protoalign.sources.go_literals import declarations, read_bytes
from protoalign.sources.go_package import DESCRIPTOR_NAMES

LIMIT = 1 << 20
SIMPLE = {7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}


def value(text: str | bytes) -> bytes:
    return read_bytes(text if isinstance(text, bytes) else text.encode(), 0, where="x.pb.go", limit=LIMIT)


def quote(data: bytes) -> bytes:
    """As Go's strconv.Quote prints a string of these bytes."""
    out = bytearray(b'"')
    for character in data.decode("utf-8", "surrogateescape"):
        code = ord(character)
        if code in SIMPLE:
            out += SIMPLE[code].encode()
        elif 0xDC80 <= code <= 0xDCFF:
            out += f"\\x{code - 0xDC00:02x}".encode()
        elif code < 0x20 or code == 0x7F:
            out += f"\\x{code:02x}".encode()
        elif character.isprintable():
            out += character.encode()
        else:
            out += (f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}").encode()
    return bytes(out) + b'"'


def hex_slice(data: bytes) -> bytes:
    lines = [data[index : index + 16] for index in range(0, len(data), 16)]
    return (
        b"[]byte{\n" + b"".join(b"\t" + b" ".join(b"0x%02x," % each for each in line) + b"\n" for line in lines) + b"}"
    )


@given(st.binary(max_size=400))
def test_a_quoted_string_is_read_back(data: bytes) -> None:
    assert value(quote(data)) == data


@given(st.binary(max_size=400))
def test_concatenated_strings_are_read_back(data: bytes) -> None:
    parts = data.split(b"\n")
    text = b'"" +\n\t' + b' + "\\n" +\n\t'.join(quote(part) for part in parts)
    assert value(text) == data


@given(st.binary(max_size=400))
def test_slices_are_read_back(data: bytes) -> None:
    text = hex_slice(data)
    assert value(text) == data
    assert value(b"string(" + text + b")") == data
    assert value(text.replace(b"{", b"{ // %d bytes of a gzipped FileDescriptorProto\n" % len(data), 1)) == data
    assert value(b"[]byte{" + b", ".join(b"%d" % each for each in data) + b"}") == data


@given(st.text(st.characters(exclude_characters="`\r", exclude_categories=["Cs"]), max_size=200))
def test_raw_strings_are_read_back(text: str) -> None:
    assert value(f"`{text}`") == text.encode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r'"\101\x41\u0041\U00000041"', b"AAAA"),
        (r'"\377\xff\u00ff"', b"\xff\xff\xc3\xbf"),
        ("`a\r\n\\n`", b"a\n\\n"),
        ('"a" /* + "no" */ + // "nor this"\n "b"', b"ab"),
        ('("a" + ("b")) + "c"', b"abc"),
        ("[]byte{1, 0x0_2}"[:9] + "}", b"\x01"),
        ("[]byte{0b11, 0o17, 017, 0X0F, 255}", b"\x03\x0f\x0f\x0f\xff"),
        ('[]byte("\\x00z")', b"\0z"),
        ("[]uint8{}", b""),
        ("string([]byte{\n\t0x61,\n},\n)", b"a"),
    ],
)
def test_forms_of_the_language(text: str, expected: bytes) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "nil",
        "make([]byte, 3)",
        "other_rawDesc",
        "[]byte{256}",
        "[]byte{0x1ff}",
        "[]byte{a}",
        "[]byte{0x01 0x02}",
        "[]byte{0x01,",
        "[4]byte{1}",
        '"not closed',
        "`not closed",
        '"\\q"',
        '"\\400"',
        '"\\u12"',
        '"\\ud800"',
        '"\\U00110000"',
        '"a" +',
        '("a"',
        "(" * 100 + '"a"' + ")" * 100,
        "",
    ],
)
def test_what_is_no_constant_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(ModuleSyntaxError) as caught:
        read_bytes(b"\n\n" + text.encode(), 2, where="x.pb.go", limit=LIMIT)
    assert caught.value.where.startswith("x.pb.go:3")


@pytest.mark.parametrize("text", [b'"' + b"a" * 101 + b'"', hex_slice(b"a" * 101), b'"a" + ' * 101 + b'"a"'])
def test_more_than_the_limit_is_refused(text: bytes) -> None:
    with pytest.raises(ModuleSyntaxError, match="more than 100 bytes"):
        read_bytes(text, 0, where="x.pb.go", limit=100)


GENUINE = b'const file_real_rawDesc = "" +\n\t"real"\n'
DECOYS = [
    b'/*\nvar file_a_rawDesc = "comment"\n*/\n',
    b'// not code:\n//\nvar _ = 1 // var file_b_rawDesc = "comment"\n',
    b'const text = `\nvar file_c_rawDesc = "raw string"\n`\n',
    b'const text = "\\"/*" + `"` + "`"\n',
    b"const r = '\"'\nconst q = '`'\nconst s = '\\''\n",
    b'func init() {\n\tvar file_d_rawDesc = "inner"\n\tfile_real_rawDesc = nil\n}\n',
    b"var file_e_rawDescData []byte\nvar (\n\tfile_f_rawDescOnce sync.Once\n)\n",
    b"var file_g_rawDescData = 3\nconst fileOther = 4\n",
]


@given(st.lists(st.sampled_from(DECOYS)), st.lists(st.sampled_from(DECOYS)))
def test_only_code_is_taken_for_code(before: list[bytes], behind: list[bytes]) -> None:
    source = b"package x\n" + b"".join(before) + GENUINE + b"".join(behind)
    (found,) = declarations(source, DESCRIPTOR_NAMES)
    assert found.name == "file_real_rawDesc"
    assert found.line == source[: source.index(GENUINE)].count(b"\n") + 1
    assert read_bytes(source, found.value, where="x", limit=LIMIT) == b"real"


@settings(max_examples=300)
@given(st.binary(max_size=300) | st.text(alphabet="\"`'/*\\+()[]{},xu0123789afnbyte =\n", max_size=300).map(str.encode))
def test_no_text_raises_anything_of_its_own(tail: bytes) -> None:
    source = b"var fileDescriptor_x = " + tail
    try:
        for found in declarations(source, DESCRIPTOR_NAMES):
            read_bytes(source, found.value, where="x", limit=LIMIT)
    except ProtoalignError:
        pass


@pytest.mark.parametrize(
    "unit", [b"/*", b"`", b'"', b'\\"', b"'", b"/", b"var x_rawDesc = ", b"\nvar x_rawDesc =", b"(", b'""+']
)
def test_hostile_repetition_takes_linear_time(unit: bytes) -> None:
    source = b"var x_rawDesc = " + unit * (1_000_000 // len(unit)) + b"\nvar y_rawDesc = 1\n"
    started = time.monotonic()
    try:
        for found in declarations(source, DESCRIPTOR_NAMES):
            read_bytes(source, found.value, where="x", limit=LIMIT)
    except ProtoalignError:
        pass
    assert time.monotonic() - started < 5
