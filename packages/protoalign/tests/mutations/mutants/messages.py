"""Mutations of messages: which there are, what they are called, where they stand, what they reserve."""

from __future__ import annotations

from random import Random

from google.protobuf.descriptor_pb2 import DescriptorProto
from mutants.draft import (
    Draft,
    F,
    NotApplicableError,
    Spot,
    add_import,
    drop_field,
    free_number,
    is_map,
    joined,
    pick,
    reorder,
)
from mutants.kind import kind


def drop(draft: Draft, random: Random) -> None:
    """Drop a message that nothing but itself refers to."""
    used = _used_types(draft)
    pick(random, (spot for spot in draft.messages() if not _is_used(spot.name, used) and not _is_group(spot))).remove()


def _used_types(draft: Draft) -> set[str]:
    return {getattr(holder, attribute)[1:] for _file, holder, attribute in draft.references()}


def _is_used(name: str, used: set[str]) -> bool:
    return any(other == name or other.startswith(f"{name}.") for other in used)


def _is_group(spot: Spot) -> bool:
    """Whether it is the body of a group, which cannot stand elsewhere or have another name."""
    fields = spot.parent.field if spot.parent is not None else spot.file.extension
    return any(field.type == F.TYPE_GROUP and field.type_name == f".{spot.name}" for field in fields)


def drop_with_fields(draft: Draft, random: Random) -> None:
    """Drop a message together with the fields that hold it."""
    spot = pick(random, (spot for spot in draft.messages() if 0 < len(draft.users(spot.name)) <= 3))
    holders = [holder for _file, holder, attribute in draft.users(spot.name) if attribute == "type_name"]
    if len(holders) != len(draft.users(spot.name)):
        raise NotApplicableError
    for field_spot in [other for other in draft.fields() if any(other.descriptor is holder for holder in holders)]:
        if is_map(field_spot.descriptor, field_spot.parent) or field_spot.descriptor.type == F.TYPE_GROUP:
            raise NotApplicableError
        drop_field(field_spot)
    if draft.users(spot.name):
        raise NotApplicableError
    spot.remove()


def empty(draft: Draft, random: Random) -> None:
    """Take all fields out of a message; what is nested in it stays."""
    message = pick(
        random,
        (
            spot
            for spot in draft.messages()
            if len(spot.descriptor.field) > 1
            and not any(field.type == F.TYPE_GROUP or is_map(field, spot.descriptor) for field in spot.descriptor.field)
        ),
    ).descriptor
    del message.field[:]
    del message.oneof_decl[:]


def add(draft: Draft, random: Random) -> None:
    file = pick(random, draft.files)
    message = file.message_type.add(name=f"AddedMessage{random.randrange(100)}")
    message.field.add(name="text", number=1, label=F.LABEL_OPTIONAL, type=F.TYPE_STRING)


def add_nested(draft: Draft, random: Random) -> None:
    outer = pick(random, draft.messages()).descriptor
    outer.nested_type.add(name=f"AddedInner{random.randrange(100)}")


def _with_shape(draft: Draft) -> list[Spot]:
    """Messages that can be told by more than their name: they have fields, or fields or RPCs refer to them."""
    used = {
        getattr(holder, attribute)[1:] for _file, holder, attribute in draft.references() if attribute != "extendee"
    }
    return [spot for spot in draft.messages() if not _is_group(spot) and (spot.descriptor.field or spot.name in used)]


def rename(draft: Draft, random: Random) -> None:
    spot = pick(random, _with_shape(draft))
    _give_name(draft, spot, joined(spot.name.rpartition(".")[0], f"{spot.descriptor.name}Renamed"))


def _give_name(draft: Draft, spot: Spot, name: str) -> None:
    if name in draft.names():
        raise NotApplicableError
    draft.repoint(spot.name, name)
    spot.descriptor.name = name.rpartition(".")[2]


def nest(draft: Draft, random: Random) -> None:
    """Move a top-level message into another one of its file."""
    top = [spot for spot in _with_shape(draft) if spot.parent is None]
    moved = pick(random, (spot for spot in top if len(spot.file.message_type) > 1))
    outer = pick(random, (spot for spot in top if spot.file is moved.file and spot.name != moved.name))
    name = f"{outer.name}.{moved.descriptor.name}"
    if name in draft.names():
        raise NotApplicableError
    draft.repoint(moved.name, name)
    copied = DescriptorProto.FromString(moved.descriptor.SerializeToString())
    target = outer.descriptor
    moved.remove()
    target.nested_type.append(copied)


def take_out(draft: Draft, random: Random) -> None:
    """Move a nested message to the top level of its file."""
    spot = pick(random, (spot for spot in _with_shape(draft) if spot.parent is not None))
    name = joined(spot.file.package, spot.descriptor.name)
    if name in draft.names():
        raise NotApplicableError
    draft.repoint(spot.name, name)
    copied = DescriptorProto.FromString(spot.descriptor.SerializeToString())
    spot.remove()
    spot.file.message_type.append(copied)


def move_to_file(draft: Draft, random: Random) -> None:
    """Move a top-level message to another file of its package."""
    spot = pick(random, (spot for spot in draft.messages() if spot.parent is None and not _is_group(spot)))
    target = pick(
        random,
        (
            file
            for file in draft.files
            if file.package == spot.file.package
            and file.name != spot.file.name
            and (file.syntax, file.edition) == (spot.file.syntax, spot.file.edition)
        ),
    )
    for file, _holder, _attribute in draft.users(spot.name):
        add_import(file, target.name)
    for name in (*spot.file.dependency, spot.file.name):
        add_import(target, name)
    copied = DescriptorProto.FromString(spot.descriptor.SerializeToString())
    spot.remove()
    target.message_type.append(copied)
    # Without a real need, the import of the file that it came from would close a ring.
    declared = {f".{other.name}" for other in (*draft.messages(), *draft.enums()) if other.file is spot.file}
    if not declared & _references_from(draft, target) and not target.public_dependency and not target.weak_dependency:
        target.dependency[:] = [name for name in target.dependency if name != spot.file.name]


def _references_from(draft: Draft, target: object) -> set[str]:
    return {getattr(holder, attribute) for file, holder, attribute in draft.references() if file is target}


def reorder_messages(draft: Draft, random: Random) -> None:
    file = pick(random, (file for file in draft.files if len(file.message_type) > 1))
    reorder(file.message_type, *random.sample(range(len(file.message_type)), 2))


def reserve_range(draft: Draft, random: Random) -> None:
    message = pick(random, draft.messages()).descriptor
    number = free_number(message, random)
    message.reserved_range.add(start=number, end=number + 1)


def unreserve_range(draft: Draft, random: Random) -> None:
    message = pick(random, (spot for spot in draft.messages() if spot.descriptor.reserved_range)).descriptor
    del message.reserved_range[random.randrange(len(message.reserved_range))]


def reserve_name(draft: Draft, random: Random) -> None:
    pick(random, draft.messages()).descriptor.reserved_name.append("reserved_by_mutation")


def unreserve_name(draft: Draft, random: Random) -> None:
    message = pick(random, (spot for spot in draft.messages() if spot.descriptor.reserved_name)).descriptor
    del message.reserved_name[random.randrange(len(message.reserved_name))]


KINDS = (
    kind("drop a message that nothing uses", drop, "missing"),
    kind("drop a message and the fields of its type", drop_with_fields, "missing"),
    kind("empty a message", empty, "missing"),
    kind("add a message", add, "extra", findings=1, adds=True),
    kind("add a nested message", add_nested, "extra", findings=1, adds=True),
    kind("rename a message", rename, "source"),
    kind("nest a message in another", nest, "source"),
    kind("take a nested message out", take_out, "source"),
    kind("move a message to another file", move_to_file, "source"),
    kind("reorder two messages", reorder_messages, "cosmetic", findings=0),
    kind("reserve a field number", reserve_range, "source", "cosmetic", "extra", adds=True),
    kind("no longer reserve a field number", unreserve_range, "source", "wire", "missing"),
    kind("reserve a field name", reserve_name, "source", "cosmetic", "extra", adds=True),
    kind("no longer reserve a field name", unreserve_name, "source", "json", "missing"),
)
