"""What a message looks like on the wire: the few facts about its fields that an encoder and a maker of values need.

They are read off the descriptors by protoalign's own rules for features, not off Google's runtime, which is a judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto

from protoalign.contract.elements import joined
from protoalign.contract.features import (
    Features,
    Presence,
    edition_of,
    features_of_field,
    features_of_file,
    features_within,
    is_packable,
    presence_of,
)

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import EnumDescriptorProto

__all__ = ["EnumShape", "FieldShape", "MessageShape", "message_shapes"]

FIELD = FieldDescriptorProto
MESSAGE_TYPES = (FIELD.TYPE_MESSAGE, FIELD.TYPE_GROUP)


@dataclass(frozen=True, slots=True)
class EnumShape:
    """An enum.

    Attributes:
        full_name: without a leading dot.
        is_closed: whether numbers that it does not name go to the unknown fields.
        values: name and number of each value, in declaration order; of aliases all are listed.
    """

    full_name: str
    is_closed: bool
    values: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class FieldShape:
    """A field or extension.

    Attributes:
        name: its name; of an extension its full name in brackets, as in JSON.
        number: the field number.
        type: a number of `FieldDescriptorProto.Type`.
        is_repeated: whether it is repeated; a map is too.
        presence: its presence; None where it is repeated.
        is_packed: whether its elements are written as one block.
        is_delimited: whether its messages stand between a start and an end tag.
        is_extension: whether it is an extension.
        position: its place among the fields of the message, from 0.
        oneof: the place of its oneof among those of the message; None where it is in none that was written as one.
        message: full name of its message; empty where it has another type.
        enum: its enum; None where it has another type.
        default: the default as the descriptor has it; None where none is written.
    """

    name: str
    number: int
    type: int
    is_repeated: bool
    presence: Presence | None
    is_packed: bool
    is_delimited: bool
    is_extension: bool
    position: int
    oneof: int | None
    message: str
    enum: EnumShape | None
    default: str | None


@dataclass(frozen=True, slots=True, eq=False)
class MessageShape:
    """A message.

    Attributes:
        full_name: without a leading dot.
        file: the file that declares it.
        fields: in declaration order.
        oneofs: the names of its oneofs, those of proto3's `optional` included.
        extensions: extensions of it, by number.
        ranges: its extension ranges: first number, and last number plus one.
        is_map_entry: whether it stands for the entries of a map.
        is_message_set: whether it has the message set wire format.
    """

    full_name: str
    file: str
    fields: tuple[FieldShape, ...]
    oneofs: tuple[str, ...]
    extensions: tuple[FieldShape, ...]
    ranges: tuple[tuple[int, int], ...]
    is_map_entry: bool
    is_message_set: bool


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an element is declared: the full name around it, the features that hold there, its file and edition."""

    name: str
    features: Features
    file: str
    edition: int


def message_shapes(files: Iterable[FileDescriptorProto]) -> Mapping[str, MessageShape]:
    """The messages of the files by full name, map entries included, in declaration order, parents before children.

    Args:
        files: files that are closed over their imports and declare no name twice.
    """
    listed = list(files)
    enums = {name: enum for file in listed for name, enum in _enums_of_file(file)}
    extensions: dict[str, list[FieldShape]] = {}
    shapes: dict[str, MessageShape] = {}
    for file in listed:
        scope = Scope(file.package, features_of_file(file), file.name, edition_of(file))
        _collect_extensions(file.extension, scope, enums, extensions)
        for message in file.message_type:
            for shape in _messages(message, scope, enums, extensions):
                shapes[shape.full_name] = shape
    entries = {name for name, shape in shapes.items() if shape.is_map_entry}
    return {name: _completed(shape, extensions.get(name, ()), entries) for name, shape in shapes.items()}


def _completed(shape: MessageShape, extensions: Iterable[FieldShape], entries: set[str]) -> MessageShape:
    """The message with its extensions; maps, and what their entries hold, are never delimited."""
    fields = shape.fields
    if shape.is_map_entry or any(field.is_delimited and field.message in entries for field in fields):
        fields = tuple(
            replace(field, is_delimited=False) if shape.is_map_entry or field.message in entries else field
            for field in fields
        )
    return replace(shape, fields=fields, extensions=tuple(sorted(extensions, key=lambda field: field.number)))


def _messages(
    message: DescriptorProto,
    around: Scope,
    enums: Mapping[str, EnumShape],
    extensions: dict[str, list[FieldShape]],
) -> Iterator[MessageShape]:
    scope = replace(around, name=joined(around.name, message.name), features=features_within(around.features, message))
    yield MessageShape(
        full_name=scope.name,
        file=scope.file,
        fields=tuple(_field(field, index, message, scope, enums) for index, field in enumerate(message.field)),
        oneofs=tuple(oneof.name for oneof in message.oneof_decl),
        extensions=(),
        ranges=tuple((each.start, each.end) for each in message.extension_range),
        is_map_entry=message.options.map_entry,
        is_message_set=message.options.message_set_wire_format,
    )
    _collect_extensions(message.extension, scope, enums, extensions)
    for nested in message.nested_type:
        yield from _messages(nested, scope, enums, extensions)


def _collect_extensions(
    fields: Iterable[FieldDescriptorProto],
    scope: Scope,
    enums: Mapping[str, EnumShape],
    found: dict[str, list[FieldShape]],
) -> None:
    for field in fields:
        found.setdefault(field.extendee.removeprefix("."), []).append(_field(field, 0, None, scope, enums))


def _field(
    field: FieldDescriptorProto,
    position: int,
    message: DescriptorProto | None,
    scope: Scope,
    enums: Mapping[str, EnumShape],
) -> FieldShape:
    around = scope.features
    if message is not None and field.HasField("oneof_index"):
        around = features_within(around, message.oneof_decl[field.oneof_index])
    features = features_of_field(around, field, scope.edition)
    is_extension = field.HasField("extendee")
    enum = enums.get(field.type_name.removeprefix(".")) if field.type == FIELD.TYPE_ENUM else None
    return FieldShape(
        name=f"[{joined(scope.name, field.name)}]" if is_extension else field.name,
        number=field.number,
        type=field.type,
        is_repeated=field.label == FIELD.LABEL_REPEATED,
        presence=presence_of(field, features),
        is_packed=is_packable(field) and features.is_packed,
        is_delimited=field.type in MESSAGE_TYPES and features.is_delimited,
        is_extension=is_extension,
        position=position,
        oneof=field.oneof_index if field.HasField("oneof_index") and not field.proto3_optional else None,
        message=field.type_name.removeprefix(".") if field.type in MESSAGE_TYPES else "",
        enum=enum,
        default=field.default_value if field.HasField("default_value") else None,
    )


def _enums_of_file(file: FileDescriptorProto) -> Iterator[tuple[str, EnumShape]]:
    features = features_of_file(file)
    for enum in file.enum_type:
        yield _enum(enum, file.package, features)
    for message in file.message_type:
        yield from _enums_of_message(message, file.package, features)


def _enums_of_message(message: DescriptorProto, around: str, features: Features) -> Iterator[tuple[str, EnumShape]]:
    scope, inner = joined(around, message.name), features_within(features, message)
    for enum in message.enum_type:
        yield _enum(enum, scope, inner)
    for nested in message.nested_type:
        yield from _enums_of_message(nested, scope, inner)


def _enum(enum: EnumDescriptorProto, scope: str, around: Features) -> tuple[str, EnumShape]:
    name = joined(scope, enum.name)
    values = tuple((value.name, value.number) for value in enum.value)
    return name, EnumShape(name, features_within(around, enum).is_closed, values)
