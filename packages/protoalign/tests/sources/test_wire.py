"""The outermost fields of a message."""

from __future__ import annotations

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

from protoalign.errors import DescriptorError
from protoalign.sources.wire import wire_fields


@given(st.binary(max_size=60))
def test_fields_tile_what_the_runtime_parses(data: bytes) -> None:
    try:
        fields = list(wire_fields(data))
    except DescriptorError:
        return
    assert [field.start for field in fields] == [0, *(field.end for field in fields)][: len(fields)]
    assert (fields[-1].end if fields else 0) == len(data)


@given(st.binary(max_size=60))
def test_what_the_runtime_parses_is_tiled(data: bytes) -> None:
    try:
        FileDescriptorProto.FromString(data)
    except (DecodeError, UnicodeDecodeError):
        return
    try:
        list(wire_fields(data))
    except DescriptorError:
        # Groups, which no descriptor has outermost, are the only difference.
        assert any(byte & 7 in (3, 4) for byte in data)


@pytest.mark.parametrize(
    "data", [b"\x0a", b"\x0a\x05abc", b"\x00\x00", b"\x0b\x0c", b"\x08" + b"\xff" * 11, b"\x0d\x00"]
)
def test_damage_is_refused(data: bytes) -> None:
    with pytest.raises(DescriptorError, match="no serialized message"):
        list(wire_fields(data))
