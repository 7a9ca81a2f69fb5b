"""What is said about a value's way is what Google's runtime does with its bytes."""

import itertools

import pytest
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given, settings
from hypothesis import strategies as st

from protoalign.compare.wire_types import WireField, reading

FIELD = FieldDescriptorProto
SCALARS = {name.removeprefix("TYPE_").lower(): number for name, number in FIELD.Type.items()}
INTEGERS = ("int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "sfixed32", "sfixed64")
SINGLE = (*INTEGERS, "bool", "float", "double", "string", "bytes", "message")
WIDE = (0, 1, -1, 2, 255, -255, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**33 + 5, -(2**31), 2**63 - 1, 2**63, 2**64 - 1)
SAMPLES = {
    "bool": (True, False),
    "float": (1.0, 0.5),
    "double": (1.0, 0.5),
    "string": ("", "abc", "ä"),
    "bytes": (b"", b"abc", b"\xff\xfe"),
    "message": (None,),
}


def class_of(type_name, *, repeated=False, packed=True):
    file = FileDescriptorProto(name="a.proto", package="a", syntax="proto3")
    inner = file.message_type.add(name="Inner")
    inner.field.add(name="x", number=1, type=FIELD.TYPE_INT32, label=FIELD.LABEL_OPTIONAL)
    outer = file.message_type.add(name="Outer")
    field = outer.field.add(name="f", number=1, type=SCALARS[type_name])
    field.label = FIELD.LABEL_REPEATED if repeated else FIELD.LABEL_OPTIONAL
    if repeated:
        field.options.packed = packed
    else:
        # With presence, so that a field that was not read can be told from one that was read as zero.
        field.proto3_optional = True
        field.oneof_index = 0
        outer.oneof_decl.add(name="_f")
    if type_name == "message":
        field.type_name = ".a.Inner"
    pool = DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return GetMessageClass(pool.FindMessageTypeByName("a.Outer"))


CLASSES = {name: class_of(name) for name in SINGLE}


def in_range(type_name, value):
    bits = 32 if type_name.endswith("32") else 64
    if type_name.startswith(("uint", "fixed")):
        return 0 <= value < 2**bits
    return -(2 ** (bits - 1)) <= value < 2 ** (bits - 1)


def samples(type_name):
    if type_name in INTEGERS:
        return [value for value in WIDE if in_range(type_name, value)]
    return SAMPLES[type_name]


def sent(written, value):
    message = CLASSES[written]()
    if written == "message":
        message.f.x = 7
    else:
        message.f = value
    return message.SerializeToString()


def wire(type_name):
    return WireField(SCALARS[type_name], "a.Inner" if type_name == "message" else "")


@pytest.mark.parametrize(("written", "read"), list(itertools.product(SINGLE, SINGLE)))
def test_one_value(written, read):
    outcome = reading(wire(written), wire(read)).outcome
    arrived = {fate(written, read, value) for value in samples(written)}
    if outcome in ("same", "skipped"):
        assert arrived == {outcome}
    elif outcome == "converted":
        assert arrived <= {"same", "changed", "fails"}
        assert arrived & {"changed", "fails"}
    else:
        assert arrived <= {"changed", "fails"}


def fate(written, read, value):
    try:
        message = CLASSES[read].FromString(sent(written, value))
    except DecodeError:
        return "fails"
    if not message.HasField("f"):
        return "skipped"
    if read == "message":
        return "same" if written == "message" else "changed"
    return "same" if message.f == value and type(message.f) is type(value) else "changed"


@given(st.sampled_from(INTEGERS), st.sampled_from(INTEGERS), st.integers(-(2**63), 2**64 - 1))
@settings(max_examples=300)
def test_what_arrives_always_does(written, read, value):
    if not in_range(written, value):
        return
    if reading(wire(written), wire(read)).outcome == "same":
        assert CLASSES[read].FromString(sent(written, value)).f == value


@pytest.mark.parametrize(
    ("written", "read", "effect"),
    [
        ("int64", "int32", "upper half"),
        ("int32", "uint64", "huge positive"),
        ("uint32", "int32", "2^31"),
        ("uint64", "int64", "2^63"),
        ("sint32", "int32", "1 arrives as 2, and -1 as 1"),
        ("int32", "sint32", "1 arrives as -1, and 2 as 1"),
        ("int32", "bool", "true"),
        ("fixed32", "float", "another kind of number"),
        ("bytes", "string", "UTF-8"),
        ("string", "bytes", "UTF-8"),
        ("string", "message", "the whole message"),
        ("message", "bytes", "encoded form"),
        ("string", "int32", "unknown field"),
    ],
)
def test_the_effect_is_told(written, read, effect):
    assert effect in reading(wire(written), wire(read)).effect


def test_numbers_of_the_zigzag_example_are_right():
    assert CLASSES["int32"].FromString(sent("sint32", 1)).f == 2
    assert CLASSES["int32"].FromString(sent("sint32", -1)).f == 1
    assert CLASSES["sint32"].FromString(sent("int32", 1)).f == -1
    assert CLASSES["sint32"].FromString(sent("int32", 2)).f == 1


def repeated(type_name, *, packed):
    return WireField(SCALARS[type_name], repeated=True, packed=packed)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("read_packed", [True, False])
def test_lists_are_read_in_both_forms(packed, read_packed):
    assert reading(repeated("int32", packed=packed), repeated("int32", packed=read_packed)).outcome == "same"
    message = class_of("int32", repeated=True, packed=packed)(f=[1, 300])
    assert list(class_of("int32", repeated=True, packed=read_packed).FromString(message.SerializeToString()).f) == [
        1,
        300,
    ]


def test_a_packed_list_is_no_single_number():
    assert reading(repeated("int32", packed=True), wire("int32")).outcome == "skipped"
    encoded = class_of("int32", repeated=True)(f=[1, 300]).SerializeToString()
    assert CLASSES["int32"].FromString(encoded).f == 0
    assert reading(repeated("int32", packed=True), wire("bytes")).outcome == "corrupt"
    assert CLASSES["bytes"].FromString(encoded).f == b"\x01\xac\x02"
    assert reading(wire("bytes"), repeated("int32", packed=True)).outcome == "corrupt"


def test_groups_and_enums():
    message = WireField(FIELD.TYPE_MESSAGE, "a.B")
    assert reading(message, WireField(FIELD.TYPE_GROUP, "a.B", delimited=True)).outcome == "skipped"
    assert "`C`" in reading(message, WireField(FIELD.TYPE_MESSAGE, "a.C")).effect
    enum = WireField(FIELD.TYPE_ENUM, "a.E")
    assert reading(enum, enum).outcome == "same"
    assert reading(enum, WireField(FIELD.TYPE_ENUM, "a.F")).outcome == "converted"
    assert "bare number" in reading(wire("int32"), enum).effect
    assert "unset" in reading(wire("int32"), WireField(FIELD.TYPE_ENUM, "a.E", closed=True)).effect
