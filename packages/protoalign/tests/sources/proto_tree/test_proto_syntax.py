"""Imports and packages, read without compiling."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protoalign.sources.proto_syntax import read_head


@pytest.mark.parametrize(
    ("text", "imports", "package"),
    [
        ('syntax = "proto3"; package a.b; import "x.proto";', ("x.proto",), "a.b"),
        (
            'import public "x.proto"; import weak \'y.proto\'; import option "z.proto";',
            ("x.proto", "y.proto", "z.proto"),
            "",
        ),
        ('import\n  "a/"\n  "b.proto" // why\n;', ("a/b.proto",), ""),
        ('// import "no.proto";\n/* import "no.proto"; */ import /* here */ "x.proto";', ("x.proto",), ""),
        ('option java_package = "; import \\"no.proto\\"; package no;"; import "x.proto";', ("x.proto",), ""),
        ('message M { string import = 1; import x = 2; } message import { } import "x.proto";', ("x.proto",), ""),
        ('option (o) = { s: "import" }; import "x.proto";', ("x.proto",), ""),
        ("package a ; package b;", (), "a"),
        ('import "x.proto"', (), ""),
        ("", (), ""),
    ],
)
def test_statements_are_told_from_text(text: str, imports: tuple[str, ...], package: str) -> None:
    head = read_head(text.encode())
    assert head.imports == imports
    assert head.package == package


@given(st.binary(max_size=100) | st.text(alphabet="import package\";'/*{}=\n\\.a", max_size=100).map(str.encode))
def test_any_text_is_read(text: bytes) -> None:
    read_head(text)


@pytest.mark.parametrize("unit", ["/*", '"', "'", '\\"', "import ", "{", 'import "', "a."])
def test_hostile_repetition_takes_linear_time(unit: str) -> None:
    started = time.monotonic()
    read_head((unit * (600_000 // len(unit))).encode())
    assert time.monotonic() - started < 5
