"""Mutations of enums and their values."""

from __future__ import annotations

from random import Random

from google.protobuf.descriptor_pb2 import EnumDescriptorProto, EnumValueDescriptorProto
from mutants.draft import Draft, F, NotApplicableError, Spot, joined, pick, reorder
from mutants.kind import kind


def drop(draft: Draft, random: Random) -> None:
    """Drop an enum; fields that hold it become int32."""
    spot = pick(random, draft.enums())
    for _file, holder, attribute in draft.users(spot.name):
        if attribute != "type_name":
            raise NotApplicableError
        holder.type = F.TYPE_INT32
        holder.ClearField("type_name")
        holder.ClearField("default_value")
    spot.remove()


def add(draft: Draft, random: Random) -> None:
    file = pick(random, draft.files)
    number = random.randrange(100)
    enum = file.enum_type.add(name=f"AddedEnum{number}")
    enum.value.add(name=f"ADDED_ENUM{number}_UNSPECIFIED", number=0)


def rename(draft: Draft, random: Random) -> None:
    spot = pick(random, draft.enums())
    name = joined(spot.name.rpartition(".")[0], f"{spot.descriptor.name}Renamed")
    if name in draft.names():
        raise NotApplicableError
    draft.repoint(spot.name, name)
    spot.descriptor.name = name.rpartition(".")[2]


def move_into_message(draft: Draft, random: Random) -> None:
    """Nest a top-level enum in a message of its file."""
    spot = pick(random, (spot for spot in draft.enums() if spot.parent is None))
    outer = pick(random, (other for other in draft.messages() if other.file is spot.file))
    name = f"{outer.name}.{spot.descriptor.name}"
    if not draft.names().isdisjoint({name, *(f"{outer.name}.{value.name}" for value in spot.descriptor.value)}):
        raise NotApplicableError
    draft.repoint(spot.name, name)
    copied = EnumDescriptorProto.FromString(spot.descriptor.SerializeToString())
    spot.remove()
    outer.descriptor.enum_type.append(copied)


def _free(enum: EnumDescriptorProto, random: Random) -> int:
    taken = {value.number for value in enum.value}
    ranges = [(item.start, item.end) for item in enum.reserved_range]
    start = max(0, *taken) + random.randint(1, 3)
    for number in (*range(min(start, 2**31 - 200), min(start, 2**31 - 200) + 100), *range(100_000)):
        if number not in taken and not any(low <= number <= high for low, high in ranges):
            return number
    raise NotApplicableError


def _later_values(draft: Draft) -> list[Spot]:
    return [
        spot
        for enum in draft.enums()
        for spot in (
            Spot(enum.file, "", value, enum.descriptor.value, enum.descriptor) for value in enum.descriptor.value[1:]
        )
        if not enum.descriptor.options.allow_alias
    ]


def renumber_value(draft: Draft, random: Random) -> None:
    spot = pick(random, _later_values(draft))
    spot.descriptor.number = _free(spot.parent, random)


def swap_values(draft: Draft, random: Random) -> None:
    enum = pick(random, (spot for spot in draft.enums() if len(spot.descriptor.value) > 2)).descriptor
    first, second = random.sample(list(enum.value)[1:], 2)
    first.number, second.number = second.number, first.number


def drop_value(draft: Draft, random: Random) -> None:
    spot = pick(random, _later_values(draft))
    if _is_default(draft, spot.descriptor.name):
        raise NotApplicableError
    spot.remove()


def _is_default(draft: Draft, name: str) -> bool:
    return any(
        spot.descriptor.default_value == name
        for spot in (*draft.fields(), *draft.extensions())
        if spot.descriptor.type == F.TYPE_ENUM
    )


def add_value(draft: Draft, random: Random) -> None:
    enum = pick(random, draft.enums()).descriptor
    enum.value.add(name=f"ADDED_VALUE_{random.randrange(10_000)}", number=_free(enum, random))


def rename_value(draft: Draft, random: Random) -> None:
    spot = pick(random, draft.values())
    if _is_default(draft, spot.descriptor.name):
        raise NotApplicableError
    spot.descriptor.name += "_RENAMED"


def add_alias(draft: Draft, random: Random) -> None:
    enum = pick(random, draft.enums()).descriptor
    enum.options.allow_alias = True
    enum.value.add(name=f"ALIAS_{random.randrange(10_000)}", number=enum.value[-1].number)


def drop_alias(draft: Draft, random: Random) -> None:
    """Drop the second name of a number."""
    spots = [
        Spot(enum.file, "", value, enum.descriptor.value, enum.descriptor)
        for enum in draft.enums()
        for index, value in enumerate(enum.descriptor.value)
        if any(value.number == earlier.number for earlier in enum.descriptor.value[:index])
    ]
    spot = pick(random, spots)
    enum = spot.parent
    spot.remove()
    if len({value.number for value in enum.value}) == len(enum.value):
        enum.options.ClearField("allow_alias")


def reorder_values(draft: Draft, random: Random) -> None:
    enum = pick(random, (spot for spot in draft.enums() if len(spot.descriptor.value) > 2)).descriptor
    reorder(enum.value, *random.sample(range(1, len(enum.value)), 2))


def change_zero(draft: Draft, random: Random) -> None:
    """Another value comes first in a proto2 enum: what an unset field reads as."""
    enum = pick(
        random,
        (
            spot
            for spot in draft.enums()
            if spot.file.syntax in ("", "proto2")
            and len({value.number for value in spot.descriptor.value}) == len(spot.descriptor.value) > 1
        ),
    ).descriptor
    reorder(enum.value, 0, random.randrange(1, len(enum.value)))


def add_first(draft: Draft, random: Random) -> None:
    """A new value comes first in a proto2 enum."""
    enum = pick(random, (spot for spot in draft.enums() if spot.file.syntax in ("", "proto2"))).descriptor
    listed = [EnumValueDescriptorProto.FromString(value.SerializeToString()) for value in enum.value]
    added = EnumValueDescriptorProto(name=f"ADDED_FIRST_{random.randrange(10_000)}", number=_free(enum, random))
    del enum.value[:]
    enum.value.extend([added, *listed])


def reserve_number(draft: Draft, random: Random) -> None:
    enum = pick(random, draft.enums()).descriptor
    number = _free(enum, random)
    enum.reserved_range.add(start=number, end=number)


def unreserve_number(draft: Draft, random: Random) -> None:
    enum = pick(random, (spot for spot in draft.enums() if spot.descriptor.reserved_range)).descriptor
    del enum.reserved_range[random.randrange(len(enum.reserved_range))]


def reserve_name(draft: Draft, random: Random) -> None:
    pick(random, draft.enums()).descriptor.reserved_name.append("RESERVED_BY_MUTATION")


def unreserve_name(draft: Draft, random: Random) -> None:
    enum = pick(random, (spot for spot in draft.enums() if spot.descriptor.reserved_name)).descriptor
    del enum.reserved_name[random.randrange(len(enum.reserved_name))]


KINDS = (
    kind("drop an enum, fields become int32", drop, "missing"),
    kind("add an enum", add, "extra", findings=1, adds=True),
    kind("rename an enum", rename, "source"),
    kind("nest an enum in a message", move_into_message, "source"),
    kind("renumber an enum value", renumber_value, "wire"),
    kind("swap the numbers of two enum values", swap_values, "wire"),
    kind("drop an enum value", drop_value, "missing"),
    kind("add an enum value", add_value, "extra", findings=1, adds=True),
    kind("rename an enum value", rename_value, "json"),
    kind("add an alias of an enum value", add_alias, "json", adds=True),
    kind("drop an alias of an enum value", drop_alias, "json"),
    kind("reorder two enum values", reorder_values, "cosmetic", findings=0),
    kind("put another value first in a closed enum", change_zero, "wire"),
    kind("put an added value first in a closed enum", add_first, "wire"),
    kind("reserve an enum number", reserve_number, "source", "cosmetic", "extra", adds=True),
    kind("no longer reserve an enum number", unreserve_number, "source", "wire", "missing"),
    kind("reserve a value name", reserve_name, "source", "cosmetic", "extra", adds=True),
    kind("no longer reserve a value name", unreserve_name, "source", "json", "missing"),
)
