"""Elements of the subject put into the reference's files and elements, beside what those have."""

from __future__ import annotations

from collections.abc import MutableSequence
from typing import TYPE_CHECKING, Any, cast

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    EnumValueDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    MethodDescriptorProto,
    OneofDescriptorProto,
    ServiceDescriptorProto,
)

from protoalign.align.references import element_at
from protoalign.contract.elements import joined
from protoalign.errors import AlignError

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from protoalign.align.correspondence import Correspondence, Kept

__all__ = ["merge_kept", "prune"]

FIELD = FieldDescriptorProto
HINT = "Take one of them away: renumber or rename yours, or end keeping it on purpose (own in protoalign.toml)."
Scope = FileDescriptorProto | DescriptorProto


def prune(scope: Scope, name: str, dropped: frozenset[str]) -> None:
    """Take declarations out of a file or message, at any depth.

    Args:
        scope: the file or message, changed in place.
        name: its package or full name.
        dropped: full names of what goes.
    """
    messages = scope.message_type if isinstance(scope, FileDescriptorProto) else scope.nested_type
    _drop(messages, name, dropped)
    _drop(scope.enum_type, name, dropped)
    _drop(scope.extension, name, dropped)
    if isinstance(scope, FileDescriptorProto):
        _drop(scope.service, name, dropped)
    for message in messages:
        prune(message, joined(name, message.name), dropped)


def _drop(elements: MutableSequence[Any], scope: str, dropped: frozenset[str]) -> None:
    for index in reversed(range(len(elements))):
        if joined(scope, elements[index].name) in dropped:
            del elements[index]


def merge_kept(
    file: FileDescriptorProto, kept: Kept, source: FileDescriptorProto, plan: Correspondence
) -> tuple[Message, ...]:
    """Put one kept element where it belongs.

    Args:
        file: the aligned file, changed in place.
        kept: the element and its place.
        source: the descriptor of the subject's file that declares it.
        plan: what becomes of everything else.

    Returns:
        What was added, in its new place and with the type names that it had: the element, and a map field's entry.

    Raises:
        AlignError: its name or number is taken, or its file is written in another language version.
    """
    node = kept.node
    _check_syntax(file, kept, source)
    _check_name(kept, plan)
    copy = type(node.descriptor).FromString(node.descriptor.SerializeToString())
    if isinstance(copy, DescriptorProto):
        prune(copy, node.name, plan.moved)
    if not kept.parent:
        return (_add(file, copy),)
    parent_path = plan.reference.by_name[kept.parent].path
    parent = element_at(file, parent_path)
    if isinstance(copy, FIELD) and isinstance(parent, DescriptorProto) and node.kind == "field":
        return _add_field(parent, copy, kept, element_at(source, node.path[:-2]), plan)  # type: ignore[arg-type]
    if isinstance(copy, EnumValueDescriptorProto) and isinstance(parent, EnumDescriptorProto):
        return (_add_value(parent, copy, kept),)
    if isinstance(copy, MethodDescriptorProto) and isinstance(parent, ServiceDescriptorProto):
        parent.method.append(copy)
        return (parent.method[-1],)
    if node.kind == "oneof":
        # It comes with its fields; a oneof without any cannot be.
        return ()
    return (_add(cast("DescriptorProto", parent), copy),)


def _add(scope: Scope, copy: Message) -> Message:
    messages = scope.message_type if isinstance(scope, FileDescriptorProto) else scope.nested_type
    if isinstance(copy, DescriptorProto):
        messages.append(copy)
        return messages[-1]
    if isinstance(copy, EnumDescriptorProto):
        scope.enum_type.append(copy)
        return scope.enum_type[-1]
    if isinstance(copy, FIELD):
        scope.extension.append(copy)
        return scope.extension[-1]
    services = cast("FileDescriptorProto", scope).service
    services.append(cast("ServiceDescriptorProto", copy))
    return services[-1]


# ---- fields ---------------------------------------------------------------------------------------------------------


def _add_field(
    message: DescriptorProto, copy: FIELD, kept: Kept, source: DescriptorProto, plan: Correspondence
) -> tuple[Message, ...]:
    _check_number(message, copy, kept)
    place = len(message.field)
    if copy.proto3_optional:
        message.oneof_decl.append(source.oneof_decl[copy.oneof_index])
        copy.oneof_index = len(message.oneof_decl) - 1
    elif copy.HasField("oneof_index"):
        copy.oneof_index = _counterpart_oneof(message, source.oneof_decl[copy.oneof_index], kept, plan)
        # Text keeps the fields of a oneof together.
        members = [place for place, field in enumerate(message.field) if _oneof_of(field) == copy.oneof_index]
        place = members[-1] + 1 if members else place
    message.field.insert(place, copy)
    entry = _map_entry(copy, kept, source)
    if entry is None:
        return (message.field[place],)
    message.nested_type.append(entry)
    return message.field[place], message.nested_type[-1]


def _counterpart_oneof(message: DescriptorProto, oneof: OneofDescriptorProto, kept: Kept, plan: Correspondence) -> int:
    scope = kept.node.name.rpartition(".")[0]
    name = plan.names.get(f"{scope}.{oneof.name}", oneof.name).rpartition(".")[2]
    index = next((index for index, each in enumerate(message.oneof_decl) if each.name == name), None)
    return _add_oneof(message, oneof) if index is None else index


def _oneof_of(field: FIELD) -> int | None:
    return field.oneof_index if field.HasField("oneof_index") else None


def _add_oneof(message: DescriptorProto, oneof: OneofDescriptorProto) -> int:
    """Add a oneof before those that compilers make of optional fields, which come last."""
    synthetic = [field.oneof_index for field in message.field if field.proto3_optional]
    index = len(message.oneof_decl) - len(synthetic)
    message.oneof_decl.insert(index, oneof)
    for field in message.field:
        if field.proto3_optional:
            field.oneof_index += 1
    return index


def _map_entry(copy: FIELD, kept: Kept, source: DescriptorProto) -> DescriptorProto | None:
    full_name = copy.type_name.removeprefix(".")
    scope = kept.node.name.rpartition(".")[0]
    return next(
        (each for each in source.nested_type if each.options.map_entry and joined(scope, each.name) == full_name),
        None,
    )


def _check_number(message: DescriptorProto, copy: FIELD, kept: Kept) -> None:
    for field in message.field:
        if field.number == copy.number:
            raise AlignError(
                f"{kept.node.name}, which is kept, has the number {copy.number}, and the reference's"
                f" {kept.parent}.{field.name} has it too",
                where=kept.node.file,
                hint=HINT,
            )
    for reserved in message.reserved_range:
        if reserved.start <= copy.number < reserved.end:
            raise AlignError(
                f"{kept.node.name}, which is kept, has the number {copy.number}, which the reference's {kept.parent}"
                " reserves",
                where=kept.node.file,
                hint=HINT,
            )
    if copy.name in message.reserved_name:
        raise AlignError(
            f"{kept.node.name}, which is kept, has a name that the reference's {kept.parent} reserves",
            where=kept.node.file,
            hint=HINT,
        )


def _add_value(enum: EnumDescriptorProto, copy: EnumValueDescriptorProto, kept: Kept) -> Message:
    for value in enum.value:
        if value.number == copy.number and not enum.options.allow_alias:
            raise AlignError(
                f"{kept.node.name}, which is kept, has the number {copy.number}, and the reference's {value.name} of"
                f" {kept.parent} has it too",
                where=kept.node.file,
                hint=HINT,
            )
    for reserved in enum.reserved_range:
        if reserved.start <= copy.number <= reserved.end:
            raise AlignError(
                f"{kept.node.name}, which is kept, has the number {copy.number}, which the reference's {kept.parent}"
                " reserves",
                where=kept.node.file,
                hint=HINT,
            )
    enum.value.append(copy)
    return enum.value[-1]


# ---- what stands against it -----------------------------------------------------------------------------------------


def _check_name(kept: Kept, plan: Correspondence) -> None:
    taken = plan.reference.by_name.get(kept.name)
    if taken is not None and taken.file in plan.chosen:
        raise AlignError(
            f"{kept.node.name}, which is kept, would be called {kept.name}, and so is a {taken.kind} of the reference"
            f" in {taken.file}",
            where=kept.node.file,
            hint=HINT,
        )


def _check_syntax(file: FileDescriptorProto, kept: Kept, source: FileDescriptorProto) -> None:
    if (file.syntax or "proto2", file.edition) != (source.syntax or "proto2", source.edition):
        raise AlignError(
            f"{kept.node.name} is kept, and its file {source.name} is written in another version of the language than"
            f" the reference's {file.name}",
            where=kept.node.file,
            hint="Move it into a .proto file of its own, which may use any version.",
        )
