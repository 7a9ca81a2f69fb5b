"""How much a contract holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto

__all__ = ["Counts", "count", "messages_of"]


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a contract holds; map entries count neither as messages nor with their fields.

    Attributes:
        files: .proto files, imports from elsewhere not included.
        messages: messages at every level of nesting, groups included.
        enums: enums at every level of nesting.
        services: services.
        rpcs: methods of all services.
        fields: fields of messages.
        enum_values: values of enums, aliases included.
        extensions: extension fields, at the top level and inside messages.
    """

    files: int = 0
    messages: int = 0
    enums: int = 0
    services: int = 0
    rpcs: int = 0
    fields: int = 0
    enum_values: int = 0
    extensions: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


def messages_of(file: FileDescriptorProto) -> Iterator[DescriptorProto]:
    """Every message of the file, nested ones behind their parents, map entries left out."""
    pending = list(reversed(file.message_type))
    while pending:
        message = pending.pop()
        if not message.options.map_entry:
            yield message
        pending.extend(reversed(message.nested_type))


def count(files: Iterable[FileDescriptorProto]) -> Counts:
    """Count the elements of the files."""
    return sum((_count_file(file) for file in files), start=Counts())


def _count_file(file: FileDescriptorProto) -> Counts:
    messages = list(messages_of(file))
    enums = [*file.enum_type, *(enum for message in messages for enum in message.enum_type)]
    return Counts(
        files=1,
        messages=len(messages),
        enums=len(enums),
        services=len(file.service),
        rpcs=sum(len(service.method) for service in file.service),
        fields=sum(len(message.field) for message in messages),
        enum_values=sum(len(enum.value) for enum in enums),
        extensions=len(file.extension) + sum(len(message.extension) for message in messages),
    )
