"""A contract's own files, open for editing, and the edits that most mutations are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    MethodDescriptorProto,
    OneofDescriptorProto,
    ServiceDescriptorProto,
)
from google.protobuf.message import Message as AnyMessage

from protoalign.contract import Contract, ContractFile, Provenance, build_contract
from protoalign.contract.canonical import default_json_name
from protoalign.contract.elements import joined

F = FieldDescriptorProto
T = TypeVar("T")


class NotApplicableError(Exception):
    """The contract has nothing that this kind of mutation could change."""


@dataclass(frozen=True)
class Spot:
    """A descriptor that is open for editing, and where it stands.

    Attributes:
        file: the file that declares it.
        name: its full name.
        descriptor: its descriptor.
        holder: the list that holds it.
        parent: the message, enum or service around it; None at the top level.
    """

    file: FileDescriptorProto
    name: str
    descriptor: AnyMessage
    holder: object
    parent: AnyMessage | None = None

    @property
    def index(self) -> int:
        """Where in its list it stands."""
        return next(index for index, item in enumerate(self.holder) if item is self.descriptor)

    def remove(self) -> None:
        """Take it out of its list."""
        del self.holder[self.index]


def pick(random: Random, candidates: Iterator[T] | Sequence[T]) -> T:
    """One of the candidates; no candidates means that the mutation is not applicable."""
    listed = list(candidates)
    if not listed:
        raise NotApplicableError
    return random.choice(listed)


class Draft:
    """The own files of a contract as descriptors that may be edited."""

    def __init__(self, contract: Contract) -> None:
        self.original = contract
        self.files = [FileDescriptorProto.FromString(file.serialized) for file in contract.files]

    def contract(self) -> Contract:
        """The contract that the files make now; refused if protobuf's rules forbid what they say."""
        made = build_contract(
            [ContractFile.of(file) for file in self.files],
            Provenance("mutant", "image"),
            available=self.original.imports,
        )
        made.canonical  # noqa: B018 - puts the files into a descriptor pool
        return made

    # What there is. Map entries are left out everywhere.

    def messages(self) -> Iterator[Spot]:
        for file in self.files:
            for message in file.message_type:
                yield from _messages(file, file.package, message, file.message_type, None)

    def enums(self) -> Iterator[Spot]:
        for file in self.files:
            for enum in file.enum_type:
                yield Spot(file, joined(file.package, enum.name), enum, file.enum_type)
        for spot in self.messages():
            for enum in spot.descriptor.enum_type:
                yield Spot(spot.file, f"{spot.name}.{enum.name}", enum, spot.descriptor.enum_type, spot.descriptor)

    def fields(self) -> Iterator[Spot]:
        for spot in self.messages():
            for field in spot.descriptor.field:
                yield Spot(spot.file, f"{spot.name}.{field.name}", field, spot.descriptor.field, spot.descriptor)

    def extensions(self) -> Iterator[Spot]:
        for file in self.files:
            for field in file.extension:
                yield Spot(file, joined(file.package, field.name), field, file.extension)
        for spot in self.messages():
            for field in spot.descriptor.extension:
                yield Spot(spot.file, f"{spot.name}.{field.name}", field, spot.descriptor.extension, spot.descriptor)

    def oneofs(self) -> Iterator[Spot]:
        """Real oneofs; those that only stand for `optional` are left out."""
        for spot in self.messages():
            message = spot.descriptor
            synthetic = {field.oneof_index for field in message.field if field.proto3_optional}
            for index, oneof in enumerate(message.oneof_decl):
                if index not in synthetic:
                    yield Spot(spot.file, f"{spot.name}.{oneof.name}", oneof, message.oneof_decl, message)

    def values(self) -> Iterator[Spot]:
        for spot in self.enums():
            for value in spot.descriptor.value:
                scope = spot.name.rpartition(".")[0]
                yield Spot(spot.file, joined(scope, value.name), value, spot.descriptor.value, spot.descriptor)

    def services(self) -> Iterator[Spot]:
        for file in self.files:
            for service in file.service:
                yield Spot(file, joined(file.package, service.name), service, file.service)

    def rpcs(self) -> Iterator[Spot]:
        for spot in self.services():
            for method in spot.descriptor.method:
                yield Spot(spot.file, f"{spot.name}.{method.name}", method, spot.descriptor.method, spot.descriptor)

    # References.

    def references(self) -> Iterator[tuple[FileDescriptorProto, AnyMessage, str]]:
        """Every reference to a type: the file, the descriptor that refers, and the attribute that holds the name."""
        for file in self.files:
            for field in file.extension:
                yield from _references_of_field(file, field)
            pending = list(file.message_type)
            while pending:
                message = pending.pop()
                pending.extend(message.nested_type)
                for field in (*message.field, *message.extension):
                    yield from _references_of_field(file, field)
            for service in file.service:
                for method in service.method:
                    yield file, method, "input_type"
                    yield file, method, "output_type"

    def users(self, name: str) -> list[tuple[FileDescriptorProto, AnyMessage, str]]:
        """The references to a type and to what is nested in it."""
        dotted = f".{name}"
        return [
            (file, holder, attribute)
            for file, holder, attribute in self.references()
            if _is_in(getattr(holder, attribute), dotted)
        ]

    def repoint(self, old: str, new: str) -> None:
        """Make every reference to a type, or to what is nested in it, one to its new name."""
        for _file, holder, attribute in self.users(old):
            setattr(holder, attribute, f".{new}" + getattr(holder, attribute)[len(old) + 1 :])

    def names(self) -> set[str]:
        """The full names of all elements, imported ones and packages included."""
        packages = {file.package for file in self.files}
        spots = (self.messages, self.enums, self.fields, self.oneofs, self.values, self.services, self.extensions)
        return packages | {spot.name for listing in spots for spot in listing()} | set(self.original.elements)


def _messages(
    file: FileDescriptorProto, scope: str, message: DescriptorProto, holder: object, parent: DescriptorProto | None
) -> Iterator[Spot]:
    if message.options.map_entry:
        return
    name = joined(scope, message.name)
    yield Spot(file, name, message, holder, parent)
    for nested in message.nested_type:
        yield from _messages(file, name, nested, message.nested_type, message)


def _references_of_field(file: FileDescriptorProto, field: FieldDescriptorProto) -> Iterator[tuple]:
    if field.type_name:
        yield file, field, "type_name"
    if field.extendee:
        yield file, field, "extendee"


def _is_in(reference: str, dotted: str) -> bool:
    return reference == dotted or reference.startswith(f"{dotted}.")


# What a field is.


def syntax(file: FileDescriptorProto) -> str:
    return file.syntax or "proto2"


def is_map(field: FieldDescriptorProto, message: AnyMessage | None) -> bool:
    return entry_of(field, message) is not None


def entry_of(field: FieldDescriptorProto, message: AnyMessage | None) -> DescriptorProto | None:
    """The map entry that a field is made of; None where it is no map."""
    if message is None or field.type != F.TYPE_MESSAGE or field.label != F.LABEL_REPEATED:
        return None
    wanted = field.type_name.rpartition(".")[2]
    return next((entry for entry in message.nested_type if entry.name == wanted and entry.options.map_entry), None)


def is_plain(field: FieldDescriptorProto) -> bool:
    """Whether it is a singular field outside of every oneof, without a default."""
    return not (
        field.label != F.LABEL_OPTIONAL
        or field.HasField("oneof_index")
        or field.HasField("default_value")
        or field.type == F.TYPE_GROUP
    )


# Edits that keep a message sound.


def free_number(message: DescriptorProto, random: Random) -> int:
    """A number that no field, reserved range or extension range of the message takes."""
    taken = {field.number for field in message.field}
    start = max((number for number in taken if number < 18000), default=0) + random.randint(1, 3)
    for number in (*range(start, start + 300), *range(1, 300), *range(10_000, 10_300), *range(500_000, 500_100)):
        if number not in taken and not is_reserved(message, number):
            return number
    raise NotApplicableError


def is_reserved(message: DescriptorProto, number: int) -> bool:
    """Whether no field of the message may have the number."""
    ranges = [(item.start, item.end) for item in (*message.reserved_range, *message.extension_range)]
    return 19_000 <= number < 20_000 or any(low <= number < high for low, high in ranges)


def drop_field(spot: Spot) -> None:
    """Take a field out of its message, with the map entry or the oneof that only it needs."""
    message, field = spot.parent, spot.descriptor
    entry = entry_of(field, message)
    if entry is not None:
        del message.nested_type[next(i for i, item in enumerate(message.nested_type) if item is entry)]
    oneof = field.oneof_index if field.HasField("oneof_index") else None
    spot.remove()
    if oneof is not None and not any(other.oneof_index == oneof for other in in_oneofs(message)):
        drop_oneof(message, oneof)


def in_oneofs(message: DescriptorProto) -> list[FieldDescriptorProto]:
    return [field for field in message.field if field.HasField("oneof_index")]


def drop_oneof(message: DescriptorProto, index: int) -> None:
    """Take a oneof that has no fields out of its message."""
    del message.oneof_decl[index]
    for field in in_oneofs(message):
        if field.oneof_index > index:
            field.oneof_index -= 1


def add_oneof(message: DescriptorProto, name: str) -> int:
    """Add a oneof behind the real ones and before those that stand for `optional`; return its index."""
    index = min(
        (field.oneof_index for field in message.field if field.proto3_optional), default=len(message.oneof_decl)
    )
    following = list(message.oneof_decl[index:])
    del message.oneof_decl[index:]
    message.oneof_decl.append(OneofDescriptorProto(name=name))
    message.oneof_decl.extend(following)
    for field in in_oneofs(message):
        if field.oneof_index >= index:
            field.oneof_index += 1
    return index


def clear_oneof(message: DescriptorProto, field: FieldDescriptorProto) -> None:
    """Take a field out of its oneof, and the oneof out of the message if it was its last field."""
    index = field.oneof_index
    field.ClearField("oneof_index")
    field.ClearField("proto3_optional")
    if not any(other.oneof_index == index for other in in_oneofs(message)):
        drop_oneof(message, index)


def rename_field(spot: Spot, name: str) -> None:
    """Give a field another name; its JSON name and its map entry or `optional` oneof follow."""
    field, message = spot.descriptor, spot.parent
    if field.json_name == default_json_name(field.name):
        field.ClearField("json_name")
    entry = entry_of(field, message)
    if entry is not None:
        entry.name = _camel(name) + "Entry"
        field.type_name = field.type_name.rpartition(".")[0] + f".{entry.name}"
    if field.proto3_optional:
        message.oneof_decl[field.oneof_index].name = f"_{name}"
    field.name = name


def _camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def retype(field: FieldDescriptorProto, type_: int, type_name: str = "") -> None:
    """Give a field another type; what only the old one may have goes."""
    field.ClearField("default_value")
    field.ClearField("type_name")
    field.type = type_
    if type_name:
        field.type_name = type_name


def clear_empty_options(descriptor: AnyMessage) -> None:
    if not descriptor.options.ByteSize():
        descriptor.ClearField("options")


def reorder(holder: object, first: int, second: int) -> None:
    """Swap two entries of a list of descriptors."""
    copies = [type(item).FromString(item.SerializeToString()) for item in holder]
    copies[first], copies[second] = copies[second], copies[first]
    del holder[:]
    holder.extend(copies)


def add_import(file: FileDescriptorProto, name: str) -> None:
    if name != file.name and name not in file.dependency:
        file.dependency.append(name)


__all__ = [
    "AnyMessage",
    "Draft",
    "EnumDescriptorProto",
    "F",
    "MethodDescriptorProto",
    "NotApplicableError",
    "ServiceDescriptorProto",
    "Spot",
    "add_import",
    "add_oneof",
    "clear_empty_options",
    "clear_oneof",
    "drop_field",
    "drop_oneof",
    "entry_of",
    "free_number",
    "in_oneofs",
    "is_map",
    "is_plain",
    "is_reserved",
    "joined",
    "pick",
    "rename_field",
    "reorder",
    "retype",
    "syntax",
]
