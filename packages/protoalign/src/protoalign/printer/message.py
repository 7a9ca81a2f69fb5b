"""Messages, with everything that nests in them: fields, maps, groups, oneofs, enums, messages, extensions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto

from protoalign.contract.elements import joined
from protoalign.errors import PrintError
from protoalign.printer.enum import print_enum
from protoalign.printer.field import field_head, field_lines
from protoalign.printer.lines import Item
from protoalign.printer.mapentry import check_map_entry
from protoalign.printer.order import Slot, Step, weave
from protoalign.printer.ranges import extension_ranges, message_ranges, reserved_names, reserved_statements
from protoalign.printer.visibility import visibility

if TYPE_CHECKING:
    from protoalign.printer.context import FileContext, Path

__all__ = ["Scope", "print_declarations"]

MESSAGE = DescriptorProto
FIELD = FieldDescriptorProto


@dataclass(frozen=True, slots=True)
class Scope:
    """The messages, fields and extensions of one message or of a file's top level, and their paths.

    Attributes:
        name: the full name: of the message, or the package.
        where: the scope, for errors.
        messages: the messages declared in it.
        messages_path: the path of that list.
        extensions: the extensions declared in it.
        extensions_path: the path of that list.
        message: the message itself; None at the top level.
        path: the message's own path.
    """

    name: str
    where: str
    messages: Sequence[DescriptorProto]
    messages_path: Path
    extensions: Sequence[FieldDescriptorProto]
    extensions_path: Path
    message: DescriptorProto | None = None
    path: Path = ()

    @property
    def fields(self) -> Sequence[FieldDescriptorProto]:
        """The fields; none at the top level."""
        return self.message.field if self.message is not None else ()


def print_message(context: FileContext, message: DescriptorProto, scope: str, path: Path) -> Item:
    """A message.

    Raises:
        PrintError: something in it that no text can express.
    """
    full_name = joined(scope, context.checked("message", scope, message))
    if message.options.map_entry:
        raise PrintError(
            "a map entry that belongs to no map field of the message around it",
            where=context.where("message", full_name),
        )
    head = f"{visibility(message.visibility)}message {message.name}"
    return context.comments.block([head], _body(context, message, full_name, path), path, group="type")


def _body(context: FileContext, message: DescriptorProto, full_name: str, path: Path) -> list[Item]:
    where = context.where("message", full_name)
    options = context.options(message, scope=full_name, where=where, leave_out=("map_entry",))
    items = context.option_items(options, (*path, MESSAGE.OPTIONS_FIELD_NUMBER))
    message_set = message.options.message_set_wire_format
    items.extend(
        reserved_statements(
            context,
            message_ranges(message.reserved_range, message_set=message_set),
            reserved_names(message.reserved_name, context.syntax, where),
            ranges_path=(*path, MESSAGE.RESERVED_RANGE_FIELD_NUMBER),
            names_path=(*path, MESSAGE.RESERVED_NAME_FIELD_NUMBER),
        )
    )
    items.extend(extension_ranges(context, message, full_name, path))
    items.extend(
        print_enum(context, enum, full_name, (*path, MESSAGE.ENUM_TYPE_FIELD_NUMBER, index))
        for index, enum in enumerate(message.enum_type)
    )
    inner = Scope(
        name=full_name,
        where=where,
        messages=message.nested_type,
        messages_path=(*path, MESSAGE.NESTED_TYPE_FIELD_NUMBER),
        extensions=message.extension,
        extensions_path=(*path, MESSAGE.EXTENSION_FIELD_NUMBER),
        message=message,
        path=path,
    )
    return [*items, *print_declarations(context, inner)]


def print_declarations(context: FileContext, scope: Scope) -> list[Item]:
    """The messages, fields and extensions of a scope, woven together so that every list keeps its order."""
    owned = _owned_messages(scope)
    units = _units(scope)
    fields = [
        Slot("field", index, tuple(owned[field] for field in unit.keys if field in owned))
        for index, unit in enumerate(units)
    ]
    extensions = [
        Slot("extension", index, (owned["extension", index],) if ("extension", index) in owned else ())
        for index in range(len(scope.extensions))
    ]
    steps = weave(len(scope.messages), fields, extensions, scope.where)
    items: list[Item] = []
    position = 0
    while position < len(steps):
        step = steps[position]
        position += 1
        if step.kind == "message":
            path = (*scope.messages_path, step.index)
            items.append(print_message(context, scope.messages[step.index], scope.name, path))
        elif step.kind == "field":
            items.append(_unit(context, scope, units[step.index], owned))
        else:
            end = _extend_end(scope, steps, position)
            items.append(_extend(context, scope, range(step.index, step.index + end - position + 1), owned))
            position = end
    return items


# ---- fields and oneofs ----------------------------------------------------------------------------------------------

Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Unit:
    """What is written in one piece: a field by itself, or a oneof with its fields, which text keeps together."""

    fields: tuple[int, ...]
    oneof: int | None = None

    @property
    def keys(self) -> list[Key]:
        """Its fields, as `_owned_messages` knows them."""
        return [("field", index) for index in self.fields]


def _units(scope: Scope) -> list[_Unit]:
    if scope.message is None:
        return []
    message = scope.message
    units: list[_Unit] = []
    for index, field in enumerate(message.field):
        if not field.HasField("oneof_index") or field.proto3_optional:
            units.append(_Unit((index,)))
        elif units and units[-1].oneof == field.oneof_index:
            units[-1] = _Unit((*units[-1].fields, index), field.oneof_index)
        else:
            units.append(_Unit((index,), field.oneof_index))
    _check_oneofs(scope, message, units)
    return units


def _check_oneofs(scope: Scope, message: DescriptorProto, units: Sequence[_Unit]) -> None:
    """Text declares a oneof once, around its fields; compilers add those of optional fields behind all others."""
    written = [unit.oneof for unit in units if unit.oneof is not None]
    synthetic = [
        field.oneof_index for field in message.field if field.proto3_optional and field.HasField("oneof_index")
    ]
    if [*written, *synthetic] != list(range(len(message.oneof_decl))):
        raise PrintError(
            "the oneofs are not in the order of their fields, or the fields of one are apart, or one has no field",
            where=scope.where,
            hint="No compiler writes such a descriptor, so no text compiles to it.",
        )
    for index in synthetic:
        if message.oneof_decl[index].HasField("options"):
            raise PrintError(
                f"no text can give options to {message.oneof_decl[index].name}, the oneof of an optional field",
                where=scope.where,
            )


def _unit(context: FileContext, scope: Scope, unit: _Unit, owned: Mapping[Key, int]) -> Item:
    if unit.oneof is None or scope.message is None:
        return _field(context, scope, unit.fields[0], owned, in_oneof=False)
    oneof = scope.message.oneof_decl[unit.oneof]
    name = context.checked("oneof", scope.name, oneof)
    path = (*scope.path, MESSAGE.ONEOF_DECL_FIELD_NUMBER, unit.oneof)
    full_name = f"{scope.name}.{name}"
    options = context.options(oneof, scope=full_name, where=context.where("oneof", full_name))
    items = context.option_items(options, (*path, 2))
    items.extend(_field(context, scope, index, owned, in_oneof=True) for index in unit.fields)
    return context.comments.block([f"oneof {name}"], items, path, group="field")


def _field(context: FileContext, scope: Scope, index: int, owned: Mapping[Key, int], *, in_oneof: bool) -> Item:
    field = scope.fields[index]
    path = (*scope.path, MESSAGE.FIELD_FIELD_NUMBER, index)
    return _field_or_group(context, scope, field, path, owned.get(("field", index)), in_oneof=in_oneof)


def _field_or_group(
    context: FileContext,
    scope: Scope,
    field: FieldDescriptorProto,
    path: Path,
    owned: int | None,
    *,
    in_oneof: bool,
) -> Item:
    context.checked("field", scope.name, field)
    if field.type == FIELD.TYPE_GROUP:
        return _group(context, scope, field, path, owned, in_oneof=in_oneof)
    entry = None if owned is None else scope.messages[owned]
    if entry is not None:
        check_map_entry(context, field, entry, scope.name)
    lines = field_lines(context, field, scope.name, entry=entry, in_oneof=in_oneof)
    return context.comments.statement(lines, path, group="field")


def _group(
    context: FileContext,
    scope: Scope,
    field: FieldDescriptorProto,
    path: Path,
    owned: int | None,
    *,
    in_oneof: bool,
) -> Item:
    if owned is None:
        raise PrintError(
            f"the group's message {field.type_name} is not declared beside it under the group's name",
            where=context.where("field", f"{scope.name}.{field.name}"),
        )
    message = scope.messages[owned]
    full_name = joined(scope.name, context.checked("group", scope.name, message))
    message_path = (*scope.messages_path, owned)
    head = field_head(context, field, scope.name, in_oneof=in_oneof)
    body = _body(context, message, full_name, message_path)
    return context.comments.block(head, body, path, message_path, group="field")


# ---- messages that come with fields ---------------------------------------------------------------------------------


def _owned_messages(scope: Scope) -> dict[Key, int]:
    """Which field or extension brings which of the scope's messages into being: maps their entries, groups theirs."""
    index_of = {f".{joined(scope.name, message.name)}": i for i, message in enumerate(scope.messages)}
    owned: dict[Key, int] = {}
    taken: set[int] = set()
    lists = (("field", scope.fields), ("extension", scope.extensions))
    for kind, fields in lists:
        for position, field in enumerate(fields):
            index = index_of.get(field.type_name)
            if index is None or index in taken:
                continue
            message = scope.messages[index]
            is_entry = kind == "field" and message.options.map_entry
            is_group = field.type == FIELD.TYPE_GROUP and message.name.lower() == field.name
            if is_entry or is_group:
                owned[kind, position] = index
                taken.add(index)
    return owned


# ---- extensions -----------------------------------------------------------------------------------------------------


def _extend_end(scope: Scope, steps: Sequence[Step], position: int) -> int:
    """Where the run of extensions of one message that ends before `position` really ends."""
    extendee = scope.extensions[steps[position - 1].index].extendee
    while (
        position < len(steps)
        and steps[position].kind == "extension"
        and scope.extensions[steps[position].index].extendee == extendee
    ):
        position += 1
    return position


def _extend(context: FileContext, scope: Scope, indexes: range, owned: Mapping[Key, int]) -> Item:
    first = scope.extensions[indexes[0]]
    where = context.where("extension", f"{scope.name}.{first.name}")
    extendee = context.type_reference(first.extendee, (scope.name,), where=where, only_types=False)
    items: list[Item] = []
    for index in indexes:
        extension = scope.extensions[index]
        if extension.HasField("oneof_index"):
            raise PrintError("no text can put an extension into a oneof", where=where)
        path = (*scope.extensions_path, index)
        items.append(_field_or_group(context, scope, extension, path, owned.get(("extension", index)), in_oneof=False))
    return context.comments.block([f"extend {extendee}"], items, scope.extensions_path, group="extend")
