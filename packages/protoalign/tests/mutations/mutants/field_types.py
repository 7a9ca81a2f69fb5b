"""Mutations of what fields hold."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from mutants.draft import Draft, F, Spot, add_import, entry_of, is_map, pick, retype
from mutants.kind import kind

ALIKE = (
    (F.TYPE_INT32, F.TYPE_INT64, F.TYPE_UINT32, F.TYPE_UINT64),
    (F.TYPE_SINT32, F.TYPE_SINT64),
    (F.TYPE_FIXED32, F.TYPE_SFIXED32),
    (F.TYPE_FIXED64, F.TYPE_SFIXED64),
    (F.TYPE_STRING, F.TYPE_BYTES),
)
SCALARS = tuple(
    type_ for type_ in F.Type.values() if type_ not in (F.TYPE_MESSAGE, F.TYPE_GROUP, F.TYPE_ENUM)
)  # fmt: skip


def _scalars(draft: Draft, *types: int) -> list[Spot]:
    return _bare(spot for spot in draft.fields() if spot.descriptor.type in (types or SCALARS))


def _bare(spots: Iterator[Spot]) -> list[Spot]:
    """Those without default and options, some of which only the old type may have."""
    return [
        spot
        for spot in spots
        if not spot.descriptor.HasField("default_value") and not spot.descriptor.options.ByteSize()
    ]


def retype_alike(draft: Draft, random: Random) -> None:
    alike = {type_: tuple(t for t in family if t != type_) for family in ALIKE for type_ in family}
    field = pick(random, _scalars(draft, *alike)).descriptor
    retype(field, random.choice(alike[field.type]))


def retype_same_width(draft: Draft, random: Random) -> None:
    """Same wire type, other meaning: plain and zigzag integers, floating point and fixed width."""
    other = {
        F.TYPE_INT32: F.TYPE_SINT32,
        F.TYPE_INT64: F.TYPE_SINT64,
        F.TYPE_SINT32: F.TYPE_INT32,
        F.TYPE_SINT64: F.TYPE_INT64,
        F.TYPE_UINT32: F.TYPE_SINT32,
        F.TYPE_UINT64: F.TYPE_SINT64,
        F.TYPE_FLOAT: F.TYPE_FIXED32,
        F.TYPE_DOUBLE: F.TYPE_FIXED64,
        F.TYPE_FIXED32: F.TYPE_FLOAT,
        F.TYPE_FIXED64: F.TYPE_DOUBLE,
    }
    field = pick(random, _scalars(draft, *other)).descriptor
    retype(field, other[field.type])


def retype_unlike(draft: Draft, random: Random) -> None:
    field = pick(random, _scalars(draft)).descriptor
    texts = (F.TYPE_STRING, F.TYPE_BYTES)
    retype(field, random.choice((F.TYPE_INT64, F.TYPE_DOUBLE) if field.type in texts else texts))


def scalar_to_message(draft: Draft, random: Random) -> None:
    spot = pick(random, _scalars(draft))
    message = pick(random, (other for other in draft.messages() if other.file is spot.file))
    retype(spot.descriptor, F.TYPE_MESSAGE, f".{message.name}")


def message_to_scalar(draft: Draft, random: Random) -> None:
    spot = pick(random, _messages(draft))
    retype(spot.descriptor, random.choice((F.TYPE_STRING, F.TYPE_BYTES)))


def _messages(draft: Draft) -> list[Spot]:
    return [
        spot
        for spot in draft.fields()
        if spot.descriptor.type == F.TYPE_MESSAGE and not is_map(spot.descriptor, spot.parent)
    ]


def other_message(draft: Draft, random: Random) -> None:
    spot = pick(random, _messages(draft))
    known = {spot.file.name, *spot.file.dependency}
    message = pick(
        random,
        (
            other
            for other in draft.messages()
            if other.file.name in known and f".{other.name}" != spot.descriptor.type_name
        ),
    )
    spot.descriptor.type_name = f".{message.name}"


def _enums(draft: Draft) -> list[Spot]:
    return _bare(spot for spot in draft.fields() if spot.descriptor.type == F.TYPE_ENUM)


def enum_to_int32(draft: Draft, random: Random) -> None:
    retype(pick(random, _enums(draft)).descriptor, F.TYPE_INT32)


def enum_to_string(draft: Draft, random: Random) -> None:
    retype(pick(random, _enums(draft)).descriptor, F.TYPE_STRING)


def int32_to_enum(draft: Draft, random: Random) -> None:
    spot = pick(random, _scalars(draft, F.TYPE_INT32))
    enum = pick(random, (other for other in draft.enums() if other.file is spot.file))
    retype(spot.descriptor, F.TYPE_ENUM, f".{enum.name}")


def other_enum(draft: Draft, random: Random) -> None:
    spot = pick(random, _enums(draft))
    enum = pick(
        random,
        (other for other in draft.enums() if other.file is spot.file and f".{other.name}" != spot.descriptor.type_name),
    )
    retype(spot.descriptor, F.TYPE_ENUM, f".{enum.name}")


def _maps(draft: Draft) -> list[Spot]:
    return [spot for spot in draft.fields() if is_map(spot.descriptor, spot.parent)]


def map_key(draft: Draft, random: Random) -> None:
    spot = pick(random, _maps(draft))
    key = entry_of(spot.descriptor, spot.parent).field[0]
    key.type = F.TYPE_INT64 if key.type == F.TYPE_STRING else F.TYPE_STRING


def map_value(draft: Draft, random: Random) -> None:
    spot = pick(random, _maps(draft))
    value = entry_of(spot.descriptor, spot.parent).field[1]
    retype(value, F.TYPE_INT64 if value.type in (F.TYPE_STRING, F.TYPE_BYTES, F.TYPE_MESSAGE) else F.TYPE_STRING)


def map_to_list(draft: Draft, random: Random) -> None:
    """A map becomes the repeated message that it is on the wire."""
    spot = pick(random, _maps(draft))
    entry = entry_of(spot.descriptor, spot.parent)
    entry.options.ClearField("map_entry")
    entry.ClearField("options")


def list_to_map(draft: Draft, random: Random) -> None:
    spot = pick(
        random,
        (
            spot
            for spot in draft.fields()
            if spot.descriptor.label == F.LABEL_REPEATED and spot.descriptor.type == F.TYPE_STRING
        ),
    )
    field, message = spot.descriptor, spot.parent
    name = "".join(part[:1].upper() + part[1:] for part in field.name.split("_")) + "Entry"
    entry = message.nested_type.add(name=name)
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, label=F.LABEL_OPTIONAL, type=F.TYPE_STRING)
    entry.field.add(name="value", number=2, label=F.LABEL_OPTIONAL, type=F.TYPE_STRING)
    full_name = next(other.name for other in draft.messages() if other.descriptor is message)
    retype(field, F.TYPE_MESSAGE, f".{full_name}.{name}")


def timestamp_to_int64(draft: Draft, random: Random) -> None:
    stamps = [spot for spot in _messages(draft) if spot.descriptor.type_name == ".google.protobuf.Timestamp"]
    retype(pick(random, stamps).descriptor, F.TYPE_INT64)


def int64_to_timestamp(draft: Draft, random: Random) -> None:
    held = {file.name for file in draft.original.imports}
    name = "google/protobuf/timestamp.proto"
    spots = [spot for spot in _scalars(draft, F.TYPE_INT64) if name in held]
    spot = pick(random, spots)
    add_import(spot.file, name)
    retype(spot.descriptor, F.TYPE_MESSAGE, ".google.protobuf.Timestamp")


KINDS = (
    kind("retype a field within its family (int32, uint64 …)", retype_alike, "wire", "json", "source", findings=1),
    kind("retype a field to the same width", retype_same_width, "wire", findings=1),
    kind("retype a field between number and text", retype_unlike, "wire"),
    kind("turn a scalar field into a message", scalar_to_message, "wire"),
    kind("turn a message field into a scalar", message_to_scalar, "wire"),
    kind("give a field another message type", other_message, "wire", findings=1),
    kind("turn an enum field into int32", enum_to_int32, "wire", "json", "source", findings=1),
    kind("turn an int32 field into an enum", int32_to_enum, "wire", "json", "source", findings=1),
    kind("turn an enum field into a string", enum_to_string, "wire"),
    kind("give a field another enum type", other_enum, "wire", "json", "source", findings=1),
    kind("change the key type of a map", map_key, "wire", findings=1),
    kind("change the value type of a map", map_value, "wire", findings=1),
    kind("turn a map into a list of entries", map_to_list, "json", "wire"),
    kind("turn a list of strings into a map", list_to_map, "wire"),
    kind("turn a timestamp into int64", timestamp_to_int64, "wire"),
    kind("turn int64 into a timestamp", int64_to_timestamp, "wire"),
)
