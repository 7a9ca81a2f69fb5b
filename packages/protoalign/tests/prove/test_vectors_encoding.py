"""Our encoder against Google's: whatever values a message has, the bytes are the same."""

from __future__ import annotations

import math

import pytest
from google.protobuf.descriptor_pb2 import FieldDescriptorProto
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given, settings
from hypothesis import strategies as st

from protoalign.contract import Contract
from protoalign.contract.pools import pool_of
from protoalign.prove.vectors.encoding import Entries, Filled, encoded, is_zero, varint
from protoalign.prove.vectors.shapes import FieldShape, message_shapes

FIELD = FieldDescriptorProto
INTEGERS = ("int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "sfixed32", "sfixed64")
TYPES = ("double", "float", *INTEGERS, "bool", "string", "bytes")


def kitchen_sink(head: str, label: str, *, delimited: str = "") -> str:
    """A message with fields of every type in several cardinalities."""
    lines = [head, "message Sink {"]
    numbers = iter(range(1, 1000))
    for name in (*TYPES, "Kind"):
        lines.append(f"  {label}{name} s_{name.lower()} = {next(numbers)};")
        lines.append(f"  repeated {name} r_{name.lower()} = {next(numbers)};")
    for key in ("int32", "uint64", "sint64", "fixed32", "bool", "string"):
        lines.append(f"  map<{key}, string> m_{key} = {next(numbers)};")
        lines.append(f"  map<{key}, Sink> n_{key} = {next(numbers)};")
    lines.append(f"  {label}Sink child = {next(numbers)};")
    lines.append(f"  repeated Sink children = {next(numbers)};")
    lines.append(f"  {label}Sink apart = {next(numbers)}{delimited};" if delimited else "")
    lines.append(f"  oneof choice {{ int32 one = {next(numbers)}; Sink other = {next(numbers)}; }}")
    lines += ["}", "enum Kind { KIND_ZERO = 0; KIND_ONE = 1; KIND_MINUS = -1; }"]
    return "\n".join(lines)


TEXTS = {
    "proto3": kitchen_sink('syntax = "proto3"; package three;', ""),
    "proto2": kitchen_sink('syntax = "proto2"; package two;', "optional "),
    "editions": kitchen_sink('edition = "2023"; package ed;', "", delimited=" [features.message_encoding = DELIMITED]"),
}


@pytest.fixture(scope="module")
def sinks(compile_contract):
    found = {}
    for name, text in TEXTS.items():
        contract: Contract = compile_contract({f"{name}.proto": text})
        files = [contract.by_name[each] for each in contract.import_order]
        shapes = message_shapes(file.descriptor for file in files)
        package = contract.files[0].package
        message = GetMessageClass(pool_of(files).FindMessageTypeByName(f"{package}.Sink"))
        found[name] = (shapes, f"{package}.Sink", message)
    return found


SCALARS = {
    FIELD.TYPE_DOUBLE: st.floats(allow_nan=False) | st.just(math.nan),
    FIELD.TYPE_FLOAT: st.floats(width=32, allow_nan=False) | st.just(math.nan),
    **dict.fromkeys((FIELD.TYPE_INT32, FIELD.TYPE_SINT32, FIELD.TYPE_SFIXED32), st.integers(-(1 << 31), (1 << 31) - 1)),
    **dict.fromkeys((FIELD.TYPE_INT64, FIELD.TYPE_SINT64, FIELD.TYPE_SFIXED64), st.integers(-(1 << 63), (1 << 63) - 1)),
    **dict.fromkeys((FIELD.TYPE_UINT32, FIELD.TYPE_FIXED32), st.integers(0, (1 << 32) - 1)),
    **dict.fromkeys((FIELD.TYPE_UINT64, FIELD.TYPE_FIXED64), st.integers(0, (1 << 64) - 1)),
    FIELD.TYPE_BOOL: st.booleans(),
    FIELD.TYPE_STRING: st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    FIELD.TYPE_BYTES: st.binary(max_size=8),
    FIELD.TYPE_ENUM: st.sampled_from([0, 1, -1]),
}


def draw_value(data, shapes, field: FieldShape, depth: int):
    """A value as our tree has it and as Google's API takes it."""
    if field.message and shapes[field.message].is_map_entry:
        key, value = shapes[field.message].fields
        # One entry: runtimes sort several ones differently.
        pair = draw_value(data, shapes, key, depth), draw_value(data, shapes, value, depth)
        return Entries(key, value, (pair,))
    if field.message:
        return draw_message(data, shapes, field.message, depth - 1)
    return data.draw(SCALARS[field.type])


def draw_message(data, shapes, name: str, depth: int) -> Filled:
    shape = shapes[name]
    plain = [each for each in shape.fields if depth > 0 or not each.message]
    chosen = data.draw(st.lists(st.sampled_from(plain), max_size=6, unique_by=lambda each: each.name))
    fields = []
    seen_oneof = False
    for field in chosen:
        if field.oneof is not None and seen_oneof:
            continue
        seen_oneof = seen_oneof or field.oneof is not None
        if field.is_repeated and not (field.message and shapes[field.message].is_map_entry):
            count = data.draw(st.integers(0, 3))
            fields.append((field, tuple(draw_value(data, shapes, field, depth) for _ in range(count))))
        else:
            fields.append((field, draw_value(data, shapes, field, depth)))
    return Filled(tuple(fields))


def fill(message, value: Filled) -> None:
    for field, held in value.fields:
        if isinstance(held, Entries):
            for key, each in held.pairs:
                if isinstance(each, Filled):
                    fill(getattr(message, field.name)[key], each)
                else:
                    getattr(message, field.name)[key] = each
        elif isinstance(held, tuple):
            target = getattr(message, field.name)
            for each in held:
                if isinstance(each, Filled):
                    fill(target.add(), each)
                else:
                    target.append(each)
        elif isinstance(held, Filled):
            getattr(message, field.name).SetInParent()
            fill(getattr(message, field.name), held)
        else:
            setattr(message, field.name, held)


@pytest.mark.parametrize("syntax", TEXTS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_the_bytes_are_those_that_google_writes(sinks, syntax: str, data) -> None:
    shapes, name, message_class = sinks[syntax]
    value = draw_message(data, shapes, name, 2)
    message = message_class()
    fill(message, value)
    assert encoded(value) == message.SerializeToString(deterministic=True)


@given(value=st.integers(0, (1 << 64) - 1), extra=st.integers(0, 3))
def test_a_varint_with_more_bytes_than_needed_means_the_same(value: int, extra: int) -> None:
    written = varint(value, extra=extra)
    assert len(written) == len(varint(value)) + extra
    assert sum((byte & 0x7F) << (7 * index) for index, byte in enumerate(written)) == value
    assert all(byte & 0x80 for byte in written[:-1])
    assert not written[-1] & 0x80


def test_map_entries_are_sorted_by_key(sinks) -> None:
    shapes, name, message_class = sinks["proto3"]
    by_name = {field.name: field for field in shapes[name].fields}
    for field_name, keys in (("m_sint64", [3, -2, 0]), ("m_bool", [True, False]), ("m_string", ["b", "é", "a1"])):
        field = by_name[field_name]
        key, value = shapes[field.message].fields
        pairs = tuple((each, "x") for each in keys)
        one_by_one = b"".join(
            encoded(Filled(((field, Entries(key, value, (pair,))),)))
            for pair in sorted(pairs, key=lambda pair: pair[0])
        )
        whole = encoded(Filled(((field, Entries(key, value, pairs)),)))
        assert whole == one_by_one
        assert dict(getattr(message_class.FromString(whole), field_name)) == dict(pairs)


@pytest.mark.parametrize("value", [0, 0.0, "", b"", False])
def test_zero_is_what_implicit_presence_leaves_out(value) -> None:
    assert is_zero(value)


@pytest.mark.parametrize("value", [-0.0, math.nan, 1, "a", b"\0", True, Filled(), ()])
def test_everything_else_is_written(value) -> None:
    assert not is_zero(value)
