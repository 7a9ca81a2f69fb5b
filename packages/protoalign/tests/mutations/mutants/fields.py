"""Mutations of fields: numbers, presence, names, oneofs, order."""

from __future__ import annotations

from random import Random

from mutants.draft import (
    Draft,
    F,
    NotApplicableError,
    Spot,
    add_oneof,
    clear_empty_options,
    clear_oneof,
    drop_field,
    drop_oneof,
    entry_of,
    free_number,
    in_oneofs,
    is_map,
    is_plain,
    is_reserved,
    pick,
    rename_field,
    reorder,
    syntax,
)
from mutants.kind import kind

from protoalign.contract.canonical import default_json_name

NUMBERS = (F.TYPE_INT32, F.TYPE_INT64, F.TYPE_UINT32, F.TYPE_UINT64, F.TYPE_BOOL, F.TYPE_DOUBLE, F.TYPE_FLOAT)


def _is_message(field: F) -> bool:
    return field.type in (F.TYPE_MESSAGE, F.TYPE_GROUP)


def renumber(draft: Draft, random: Random) -> None:
    spot = pick(random, draft.fields())
    spot.descriptor.number = free_number(spot.parent, random)


def swap_numbers(draft: Draft, random: Random) -> None:
    message = pick(random, (spot for spot in draft.messages() if len(spot.descriptor.field) > 1)).descriptor
    first, second = random.sample(list(message.field), 2)
    first.number, second.number = second.number, first.number


def shift_numbers(draft: Draft, random: Random) -> None:
    """Insert a number: every field from one on moves up by one, as if a field had been put before it."""
    spot = pick(random, (spot for spot in draft.messages() if len(spot.descriptor.field) > 3))
    message = spot.descriptor
    middle = sorted(field.number for field in message.field)[1]
    for field in message.field:
        if field.number >= middle:
            field.number += 1
            if is_reserved(message, field.number):
                raise NotApplicableError


def add_presence(draft: Draft, random: Random) -> None:
    spot = pick(
        random,
        (
            spot
            for spot in draft.fields()
            if syntax(spot.file) == "proto3" and is_plain(spot.descriptor) and not _is_message(spot.descriptor)
        ),
    )
    field, message = spot.descriptor, spot.parent
    field.proto3_optional = True
    message.oneof_decl.add(name=f"_{field.name}")
    field.oneof_index = len(message.oneof_decl) - 1


def remove_presence(draft: Draft, random: Random) -> None:
    spot = pick(
        random,
        (spot for spot in draft.fields() if spot.descriptor.proto3_optional and not _is_message(spot.descriptor)),
    )
    clear_oneof(spot.parent, spot.descriptor)


def add_idle_optional(draft: Draft, random: Random) -> None:
    """`optional` on a field of message type, which has presence anyway."""
    spot = pick(
        random,
        (
            spot
            for spot in draft.fields()
            if syntax(spot.file) == "proto3" and is_plain(spot.descriptor) and _is_message(spot.descriptor)
        ),
    )
    field, message = spot.descriptor, spot.parent
    field.proto3_optional = True
    message.oneof_decl.add(name=f"_{field.name}")
    field.oneof_index = len(message.oneof_decl) - 1


def require(draft: Draft, random: Random) -> None:
    spot = pick(
        random,
        (
            spot
            for spot in draft.fields()
            if syntax(spot.file) == "proto2"
            and spot.descriptor.label == F.LABEL_OPTIONAL
            and not spot.descriptor.HasField("oneof_index")
        ),
    )
    spot.descriptor.label = F.LABEL_REQUIRED


def no_longer_require(draft: Draft, random: Random) -> None:
    spot = pick(random, (spot for spot in draft.fields() if spot.descriptor.label == F.LABEL_REQUIRED))
    spot.descriptor.label = F.LABEL_OPTIONAL


def repeat(draft: Draft, random: Random) -> None:
    spot = pick(random, (spot for spot in draft.fields() if is_plain(spot.descriptor)))
    spot.descriptor.label = F.LABEL_REPEATED


def no_longer_repeat(draft: Draft, random: Random) -> None:
    spot = pick(
        random,
        (
            spot
            for spot in draft.fields()
            if spot.descriptor.label == F.LABEL_REPEATED and not is_map(spot.descriptor, spot.parent)
        ),
    )
    spot.descriptor.label = F.LABEL_OPTIONAL
    spot.descriptor.options.ClearField("packed")
    clear_empty_options(spot.descriptor)


def _packable(draft: Draft, wanted: str) -> list[Spot]:
    return [
        spot
        for spot in draft.fields()
        if spot.descriptor.label == F.LABEL_REPEATED
        and (spot.descriptor.type in NUMBERS or spot.descriptor.type == F.TYPE_ENUM)
        and syntax(spot.file) == wanted
        and not spot.descriptor.options.HasField("packed")
    ]


def unpack(draft: Draft, random: Random) -> None:
    pick(random, _packable(draft, "proto3")).descriptor.options.packed = False


def pack(draft: Draft, random: Random) -> None:
    pick(random, _packable(draft, "proto2")).descriptor.options.packed = True


def drop(draft: Draft, random: Random) -> None:
    drop_field(pick(random, (spot for spot in draft.fields() if spot.descriptor.type != F.TYPE_GROUP)))


def drop_and_reserve(draft: Draft, random: Random) -> None:
    spot = pick(random, (spot for spot in draft.fields() if spot.descriptor.type != F.TYPE_GROUP))
    number, name = spot.descriptor.number, spot.descriptor.name
    drop_field(spot)
    spot.parent.reserved_range.add(start=number, end=number + 1)
    spot.parent.reserved_name.append(name)


def add(draft: Draft, random: Random) -> None:
    message = pick(random, draft.messages()).descriptor
    message.field.add(
        name=f"added_{random.randrange(100)}",
        number=free_number(message, random),
        label=F.LABEL_OPTIONAL,
        type=random.choice((*NUMBERS, F.TYPE_STRING, F.TYPE_BYTES)),
    )


def rename(draft: Draft, random: Random) -> None:
    spot = pick(random, (spot for spot in draft.fields() if spot.descriptor.type != F.TYPE_GROUP))
    rename_field(spot, f"{spot.descriptor.name}_renamed")


def recase(draft: Draft, random: Random) -> None:
    """Another spelling of the name that comes out the same in JSON: `user_id` becomes `userId`."""
    spot = pick(
        random,
        (
            spot
            for spot in draft.fields()
            if default_json_name(spot.descriptor.name) != spot.descriptor.name
            and spot.descriptor.json_name in ("", default_json_name(spot.descriptor.name))
            and entry_of(spot.descriptor, spot.parent) is None
            and spot.descriptor.type != F.TYPE_GROUP
        ),
    )
    rename_field(spot, default_json_name(spot.descriptor.name))


def rename_in_json(draft: Draft, random: Random) -> None:
    spot = pick(random, draft.fields())
    spot.descriptor.json_name = f"{default_json_name(spot.descriptor.name)}InJson"


def reorder_fields(draft: Draft, random: Random) -> None:
    """Fields of a oneof stay where they are: text cannot say them apart from each other."""
    spot = pick(random, (spot for spot in draft.messages() if len(_free_places(spot)) > 1))
    reorder(spot.descriptor.field, *random.sample(_free_places(spot), 2))


def _free_places(spot: Spot) -> list[int]:
    return [index for index, field in enumerate(spot.descriptor.field) if not field.HasField("oneof_index")]


def _with_oneof(draft: Draft) -> list[tuple[Spot, Spot]]:
    """Oneofs, each with a field that could join it."""
    return [
        (oneof, spot)
        for oneof in draft.oneofs()
        for spot in _fields_of(oneof.file, oneof.parent)
        if is_plain(spot.descriptor)
    ]


def _fields_of(file: object, message: object) -> list[Spot]:
    return [Spot(file, "", field, message.field, message) for field in message.field]


def move_into_oneof(draft: Draft, random: Random) -> None:
    oneof, spot = pick(random, _with_oneof(draft))
    spot.descriptor.oneof_index = oneof.index
    _gather(spot, oneof.index)


def _gather(spot: Spot, index: int) -> None:
    """Put a field right behind the others of its oneof: text cannot say another order."""
    moved = F.FromString(spot.descriptor.SerializeToString())
    spot.remove()
    message = spot.parent
    last = max(
        i for i, field in enumerate(message.field) if field.HasField("oneof_index") and field.oneof_index == index
    )
    following = list(message.field[last + 1 :])
    del message.field[last + 1 :]
    message.field.append(moved)
    message.field.extend(following)


def move_out_of_oneof(draft: Draft, random: Random) -> None:
    spot = pick(
        random,
        (
            spot
            for spot in draft.fields()
            if spot.descriptor.HasField("oneof_index")
            and not spot.descriptor.proto3_optional
            and _members(spot.parent, spot.descriptor.oneof_index)[-1] == spot.descriptor
            and len(_members(spot.parent, spot.descriptor.oneof_index)) > 1
        ),
    )
    spot.descriptor.ClearField("oneof_index")


def _members(message: object, index: int) -> list[F]:
    return [field for field in in_oneofs(message) if field.oneof_index == index]


def wrap_in_oneof(draft: Draft, random: Random) -> None:
    spot = pick(random, (spot for spot in draft.fields() if is_plain(spot.descriptor)))
    message = spot.parent
    before = [
        field for field in message.field[: spot.index] if field.HasField("oneof_index") and not field.proto3_optional
    ]
    following = sum(
        1
        for index in {field.oneof_index for field in in_oneofs(message) if not field.proto3_optional}
        if _members(message, index)[0] not in before
    )
    if following:
        raise NotApplicableError  # its oneof would have to be declared between others
    spot.descriptor.oneof_index = add_oneof(message, "added_choice")


def dissolve_oneof(draft: Draft, random: Random) -> None:
    oneof = pick(random, draft.oneofs())
    index = oneof.index
    for field in _members(oneof.parent, index):
        field.ClearField("oneof_index")
    drop_oneof(oneof.parent, index)


def rename_oneof(draft: Draft, random: Random) -> None:
    oneof = pick(random, draft.oneofs())
    oneof.descriptor.name += "_renamed"


def split_oneof(draft: Draft, random: Random) -> None:
    """The last field of a oneof gets a oneof of its own."""
    oneof = pick(
        random,
        (
            oneof
            for oneof in draft.oneofs()
            if len(_members(oneof.parent, oneof.index)) > 1 and oneof.index == _real_oneofs(oneof.parent) - 1
        ),
    )
    _members(oneof.parent, oneof.index)[-1].oneof_index = add_oneof(oneof.parent, f"{oneof.descriptor.name}_rest")


def _real_oneofs(message: object) -> int:
    return len(message.oneof_decl) - sum(1 for field in message.field if field.proto3_optional)


def change_default(draft: Draft, random: Random) -> None:
    field = pick(random, _with_default(draft)).descriptor
    if field.type == F.TYPE_BOOL:
        field.default_value = "false" if field.default_value == "true" else "true"
    elif field.type == F.TYPE_STRING:
        field.default_value += "x"
    else:
        field.default_value = "1" if field.default_value != "1" else "2"


def _with_default(draft: Draft) -> list[Spot]:
    kinds = (F.TYPE_BOOL, F.TYPE_STRING, F.TYPE_INT32, F.TYPE_INT64, F.TYPE_UINT32, F.TYPE_UINT64, F.TYPE_FLOAT)
    return [
        spot for spot in draft.fields() if spot.descriptor.HasField("default_value") and spot.descriptor.type in kinds
    ]


def drop_default(draft: Draft, random: Random) -> None:
    spot = pick(
        random,
        (
            spot
            for spot in _with_default(draft)
            if spot.descriptor.default_value not in ("", "0", "false", "0.0") and syntax(spot.file) == "proto2"
        ),
    )
    spot.descriptor.ClearField("default_value")


def add_default(draft: Draft, random: Random) -> None:
    spot = pick(
        random,
        (
            spot
            for spot in draft.fields()
            if syntax(spot.file) == "proto2" and is_plain(spot.descriptor) and spot.descriptor.type in NUMBERS
        ),
    )
    spot.descriptor.default_value = "true" if spot.descriptor.type == F.TYPE_BOOL else "7"


KINDS = (
    kind("renumber a field", renumber, "wire", findings=1),
    kind("swap the numbers of two fields", swap_numbers, "wire", findings=2),
    kind("shift all numbers behind a field", shift_numbers, "wire"),
    kind("give a field `optional`", add_presence, "presence", findings=1),
    kind("take `optional` from a field", remove_presence, "presence", findings=1),
    kind("give a message field an idle `optional`", add_idle_optional, "source", "cosmetic"),
    kind("make a field required", require, "wire", "presence", findings=1),
    kind("no longer require a field", no_longer_require, "wire", "presence", findings=1),
    kind("make a field repeated", repeat, "wire"),
    kind("make a repeated field singular", no_longer_repeat, "wire"),
    kind("write a packed field expanded", unpack, "wire", findings=1),
    kind("write an expanded field packed", pack, "wire", findings=1),
    kind("drop a field", drop, "missing"),
    kind("drop a field and reserve it", drop_and_reserve, "missing"),
    kind("add a field", add, "extra", findings=1, adds=True),
    kind("rename a field", rename, "json"),
    kind("respell a field, same in JSON", recase, "source", findings=1),
    kind("change a JSON name", rename_in_json, "json", findings=1),
    kind("reorder two fields", reorder_fields, "cosmetic", findings=0),
    kind("move a field into a oneof", move_into_oneof, "presence", "wire", "source"),
    kind("move a field out of a oneof", move_out_of_oneof, "presence", "wire", "source"),
    kind("put a field into a new oneof", wrap_in_oneof, "presence", "extra"),
    kind("dissolve a oneof", dissolve_oneof, "missing"),
    kind("split a oneof in two", split_oneof, "extra"),
    kind("rename a oneof", rename_oneof, "source", findings=1),
    kind("change a default", change_default, "wire", findings=1),
    kind("drop a default", drop_default, "wire", findings=1),
    kind("add a default", add_default, "wire", findings=1),
)
